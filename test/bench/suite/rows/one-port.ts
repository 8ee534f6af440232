/** The echo over HTTP/1.1 on one port with gRPC, against a port of its own. */
import { compare } from "../compare.ts";
import { wrk } from "../load/wrk.ts";
import { ekiben } from "../programs.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { ECHO, ECHO_SERVICE } from "./echo.ts";
import { LABELS } from "./label.ts";

export const onePort: Row = {
  name: "one-port",
  title: "echo (text, 3 KB), 64 connections, --one-port ÷ two ports",
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const load = wrk(ECHO, 64);
      const rounds = await underLoad(
        {
          one: { program: ekiben(runtime, ECHO_SERVICE, ["--one-port"]), load },
          two: { program: ekiben(runtime, ECHO_SERVICE), load },
        },
        settings,
      );
      results.push(
        compare(rounds.one, rounds.two, {
          label: LABELS[runtime],
          names: ["one port", "two ports"],
          figure: "perSecond",
          unit: "/s",
          target: { atLeast: 0.7 },
        }),
      );
    }
    return results;
  },
};
