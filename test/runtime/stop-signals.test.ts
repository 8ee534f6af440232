import assert from "node:assert/strict";
import { test } from "node:test";
import { type StopSignal, StopSignals } from "../../src/runtime/stop-signals.ts";

/** Signals, each with its time in milliseconds, and what they come to. */
const cases: readonly (readonly [
  what: string,
  signals: readonly (readonly [number, StopSignal])[],
  done: readonly string[],
])[] = [
  ["one SIGTERM", [[0, "SIGTERM"]], ["stop SIGTERM"]],
  ["one SIGHUP", [[0, "SIGHUP"]], ["stop SIGHUP"]],
  [
    "SIGINT that a wrapper passes on",
    [
      [0, "SIGINT"],
      [100, "SIGTERM"],
      [999, "SIGTERM"],
    ],
    ["stop SIGINT"],
  ],
  [
    "SIGTERM again a second later",
    [
      [0, "SIGTERM"],
      [1000, "SIGTERM"],
    ],
    ["stop SIGTERM", "expedite"],
  ],
  [
    "SIGTERM again, passed on twice",
    [
      [0, "SIGTERM"],
      [2000, "SIGINT"],
      [2100, "SIGTERM"],
    ],
    ["stop SIGTERM", "expedite"],
  ],
  [
    "SIGTERM a third time",
    [
      [0, "SIGTERM"],
      [2000, "SIGTERM"],
      [4000, "SIGTERM"],
    ],
    ["stop SIGTERM", "expedite", "exit 143"],
  ],
  [
    "SIGINT a third time",
    [
      [0, "SIGINT"],
      [2000, "SIGINT"],
      [4000, "SIGINT"],
    ],
    ["stop SIGINT", "expedite", "exit 130"],
  ],
  [
    "SIGHUP during a stop",
    [
      [0, "SIGTERM"],
      [2000, "SIGHUP"],
    ],
    ["stop SIGTERM"],
  ],
  [
    "SIGHUP before SIGTERM",
    [
      [0, "SIGHUP"],
      [2000, "SIGHUP"],
      [4000, "SIGTERM"],
    ],
    ["stop SIGHUP", "expedite"],
  ],
];

for (const [what, signals, wanted] of cases) {
  test(`StopSignals handles ${what}`, () => {
    const done: string[] = [];
    let nowMs = 0;
    const handlers = {
      stop: (signal: StopSignal) => void done.push(`stop ${signal}`),
      expedite: () => void done.push("expedite"),
      exit: (code: number) => void done.push(`exit ${code}`),
    };
    const { take } = new StopSignals(handlers, () => nowMs);
    for (const [atMs, signal] of signals) {
      nowMs = atMs;
      take(signal);
    }
    assert.deepEqual(done, wanted);
  });
}
