/** The cost of the access log: an echo with a line of JSON for each request, against none. */
import { compare } from "../compare.ts";
import { wrk } from "../load/wrk.ts";
import { ekiben } from "../programs.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { ECHO, ECHO_SERVICE } from "./echo.ts";
import { LABELS } from "./label.ts";

export const accessLog: Row = {
  name: "access-log",
  title: "echo (text, 3 KB), 64 connections, processor time with the access log ÷ without",
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const load = wrk(ECHO, 64);
      const rounds = await underLoad(
        {
          on: { program: ekiben(runtime, ECHO_SERVICE), load },
          off: { program: ekiben(runtime, ECHO_SERVICE, ["--no-access-log"]), load },
        },
        settings,
      );
      results.push(
        compare(rounds.on, rounds.off, {
          label: LABELS[runtime],
          names: ["with", "without"],
          figure: "cpuUs",
          unit: "µs",
          target: { atMost: 1.15 },
        }),
      );
    }
    return results;
  },
};
