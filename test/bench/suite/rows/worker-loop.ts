/** Calls of 8 digits over HTTP, against a worker that runs the model in a loop by itself. */
import { compare } from "../compare.ts";
import type { Load } from "../load/load.ts";
import { wrk } from "../load/wrk.ts";
import { ekiben } from "../programs.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { eightDigits } from "./digits.ts";
import { LABELS } from "./label.ts";

const ROWS = 8;
const TARGETS = { wasm: 0.85, native: 0.5 } as const;

/** One call that keeps the worker busy. */
const loop: Load = {
  async probe(server) {
    await this.run(server, 0.01);
  },
  async run({ port }, seconds) {
    const response = await fetch(`http://127.0.0.1:${port}/loop`, {
      method: "POST",
      body: JSON.stringify({ rows: ROWS, seconds }),
    });
    if (!response.ok) throw new Error(await response.text());
    const { calls } = (await response.json()) as { calls: number };
    return { calls, perSecond: calls / seconds };
  },
};

export const workerLoop: Row = {
  name: "worker-loop",
  title: "MNIST, 8 rows a call, 64 connections, calls served ÷ the worker's own loop",
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      for (const backend of ["wasm", "native"] as const) {
        const program = ekiben(runtime, "test/bench/suite/servers/rows.ts", ["--backend", backend]);
        const rounds = await underLoad(
          {
            elements: { program, load: wrk(eightDigits.elements, 64) },
            json: { program, load: wrk(eightDigits.json, 64) },
            loop: { program, load: loop },
          },
          settings,
        );
        for (const [kind, name] of [["float32", "elements"] as const, ["JSON", "json"] as const]) {
          results.push(
            compare(rounds[name], rounds.loop, {
              label: `${LABELS[runtime]}, ${backend}, ${kind}`,
              names: ["served", "loop"],
              figure: "perSecond",
              unit: "/s",
              target: { atLeast: TARGETS[backend] },
            }),
          );
        }
      }
    }
    return results;
  },
};
