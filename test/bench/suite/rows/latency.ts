/** The latency of digits that come at random moments, at a fraction of the capacity. */
import { LiveClient } from "../../live/processes.ts";
import { compare } from "../compare.ts";
import { openLoop } from "../load/open-loop.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { digitServers, NDARRAY } from "./digits.ts";
import { LABELS } from "./label.ts";

const PER_SECOND = 300;

export const latency: Row = {
  name: "latency",
  title: `MNIST ndarray JSON, native, ${PER_SECOND} calls/s (Poisson), latency − by hand`,
  async run(settings) {
    await using client = new LiveClient();
    const load = openLoop(client, NDARRAY, PER_SECOND);
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const rounds = await underLoad(digitServers(runtime, load), settings);
      for (const [name, figure] of [["p50", "p50Ms"] as const, ["p99", "p99Ms"] as const]) {
        results.push(
          compare(rounds.ekiben, rounds.byHand, {
            label: `${LABELS[runtime]}, ${name}`,
            names: ["Ekiben", "by hand"],
            figure,
            unit: "ms",
            made: "difference",
            target: undefined,
          }),
        );
      }
    }
    return results;
  },
};
