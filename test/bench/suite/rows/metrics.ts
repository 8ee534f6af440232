/** The cost of all default metrics: an echo with them, against the same without. */
import { compare } from "../compare.ts";
import { wrk } from "../load/wrk.ts";
import { ekiben } from "../programs.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { ECHO, ECHO_SERVICE } from "./echo.ts";
import { LABELS } from "./label.ts";

const OFF = { EKIBEN_CONFIG_OPTIONS: "api_server.metrics.enabled=false" };

export const metrics: Row = {
  name: "metrics",
  title: "echo (text, 3 KB), 64 connections, processor time with all metrics ÷ without",
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const [program, load] = [ekiben(runtime, ECHO_SERVICE), wrk(ECHO, 64)];
      const rounds = await underLoad(
        { on: { program, load }, off: { program: { ...program, env: OFF }, load } },
        settings,
      );
      results.push(
        compare(rounds.on, rounds.off, {
          label: LABELS[runtime],
          names: ["with", "without"],
          figure: "cpuUs",
          unit: "µs",
          target: undefined,
        }),
      );
    }
    return results;
  },
};
