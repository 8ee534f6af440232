/** The latency that Ekiben adds to a digit when one client alone asks for it. */
import { compare } from "../compare.ts";
import { wrk } from "../load/wrk.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { digitServers, PNG } from "./digits.ts";
import { LABELS } from "./label.ts";

const TARGETS = { bun: 0.1, node: 0.2 } as const;

export const oneConnection: Row = {
  name: "one-connection",
  title: "MNIST PNG, native, one connection, p50 − that of the hand-written",
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const load = wrk(PNG, 1);
      const rounds = await underLoad(digitServers(runtime, load), settings);
      results.push(
        compare(rounds.ekiben, rounds.byHand, {
          label: LABELS[runtime],
          names: ["Ekiben", "by hand"],
          figure: "p50Ms",
          unit: "ms",
          made: "difference",
          target: runtime === "deno" ? undefined : { atMost: TARGETS[runtime] },
        }),
      );
    }
    return results;
  },
};
