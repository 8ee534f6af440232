/** An echo of text, 3 KB, 64 connections, against bare Hono on the server of the same runtime. */
import { compare } from "../compare.ts";
import { type Post, wrk } from "../load/wrk.ts";
import { bare, ekiben } from "../programs.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { LABELS } from "./label.ts";

const text = "All work and no play makes Jack a dull boy. ".repeat(69).slice(0, 3000);
const TARGETS = { bun: 0.7, deno: 0.75, node: 0.7 } as const;

export const ECHO: Post = {
  path: "/echo",
  type: "text/plain; charset=utf-8",
  body: text,
  check(answer) {
    if (answer !== text) throw new Error(`The echo is ${answer.slice(0, 100)}`);
  },
};

export const ECHO_SERVICE = "test/bench/suite/servers/echo.ts";

export const echo: Row = {
  name: "echo",
  title: "echo (text, 3 KB), 64 connections, ÷ bare Hono",
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const load = wrk(ECHO, 64);
      const rounds = await underLoad(
        {
          ekiben: { program: ekiben(runtime, ECHO_SERVICE), load },
          hono: { program: bare(runtime, "hono-echo"), load },
        },
        settings,
      );
      results.push(
        compare(rounds.ekiben, rounds.hono, {
          label: LABELS[runtime],
          names: ["Ekiben", "bare Hono"],
          figure: "perSecond",
          unit: "/s",
          target: { atLeast: TARGETS[runtime] },
        }),
      );
    }
    return results;
  },
};
