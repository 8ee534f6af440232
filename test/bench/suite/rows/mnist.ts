/** Digits on native ONNX Runtime, 64 connections, against the same written by hand. */
import { compare } from "../compare.ts";
import { wrk } from "../load/wrk.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { digitServers, NDARRAY, PNG } from "./digits.ts";
import { LABELS } from "./label.ts";

const TARGETS = { bun: 1.5, node: 1.2 } as const;

export const mnist: Row = {
  name: "mnist",
  title: "MNIST, native, 64 connections, ÷ hand-written Hono + onnxruntime-node",
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      for (const [kind, post] of [["PNG", PNG] as const, ["ndarray JSON", NDARRAY] as const]) {
        const load = wrk(post, 64);
        const rounds = await underLoad(digitServers(runtime, load), settings);
        results.push(
          compare(rounds.ekiben, rounds.byHand, {
            label: `${LABELS[runtime]}, ${kind}`,
            names: ["Ekiben", "by hand"],
            figure: "perSecond",
            unit: "/s",
            target: runtime === "deno" ? undefined : { atLeast: TARGETS[runtime] },
          }),
        );
      }
    }
    return results;
  },
};
