import assert from "node:assert/strict";
import { constants } from "node:os";
import { resolve } from "node:path";
import { test } from "node:test";
import { WORKER_VARIABLE } from "../../../src/executable.ts";
import { flagsOf } from "../../../src/executor/process/deno-flags.ts";
import { exitText, isAbort } from "../../../src/executor/process/exit-text.ts";
import {
  nodeFlags,
  withV8Flags,
  workerCommand,
} from "../../../src/executor/process/worker-command.ts";

/** The arguments of Deno, and the flags that a worker gets. */
const DENO: readonly (readonly [given: string, wanted: string])[] = [
  ["run -A npm:ekiben serve service.ts --isolation process", "-A"],
  ["-A server.ts -A", "-A"],
  ["server.ts", ""],
  [
    "run --allow-read=/a,/b -RN --deny-net=example.com x.ts",
    "--allow-read=/a,/b -RN --deny-net=example.com",
  ],
  [
    "test -A --no-check --no-lock --quiet --unstable-ffi a.test.ts",
    "-A --no-lock --quiet --unstable-ffi",
  ],
  ["run --inspect --watch --reload --check --coverage=c -A x.ts", "-A"],
  [
    "run -c deno.json --import-map=m.json --location http://a x.ts",
    `-c=${resolve("deno.json")} --import-map=${resolve("m.json")} --location=http://a`,
  ],
  [
    "run --ext ts --v8-flags=--expose-gc,--stack-size=900 x.ts",
    "--v8-flags=--expose-gc,--stack-size=900",
  ],
];

for (const [given, wanted] of DENO) {
  test(`flagsOf() of deno ${given}`, () => {
    assert.equal(flagsOf(given.split(" ")).join(" "), wanted);
  });
}

/** The flags of Node or Bun, and those that a worker gets. */
const NODE: readonly (readonly [given: readonly string[], wanted: readonly string[]])[] = [
  [[], []],
  [
    ["--import", "./loader.mjs", "--conditions=x", "--max-old-space-size=500", "--smol"],
    ["--import", "./loader.mjs", "--conditions=x", "--max-old-space-size=500", "--smol"],
  ],
  [
    ["--inspect-brk=0", "--watch", "--watch-path=src", "--hot", "--test", "--test-isolation=none"],
    [],
  ],
  [["-e", "import('./x.mjs')", "--input-type=module", "--no-warnings"], ["--no-warnings"]],
];

for (const [given, wanted] of NODE) {
  test(`nodeFlags() of ${given.join(" ")}`, () => {
    assert.deepEqual(nodeFlags(given), wanted);
  });
}

test("exitText() and isAbort() tell the ends of a process apart", () => {
  const { SIGABRT } = constants.signals;
  assert.equal(exitText(3, null), "exit code 3");
  assert.equal(exitText(null, "SIGSEGV"), "killed by SIGSEGV");
  assert.match(exitText(null, "SIGKILL"), /for lack of memory/);
  assert.deepEqual(
    [
      isAbort(null, "SIGABRT"),
      isAbort(128 + SIGABRT, null),
      isAbort(1, null),
      isAbort(null, "SIGKILL"),
    ],
    [true, true, false, false],
  );
});

test("withV8Flags() puts the flags of V8 into one flag of Deno", () => {
  const heap = "--max-old-space-size=300";
  assert.deepEqual(withV8Flags(["-A"], []), ["-A"]);
  assert.deepEqual(withV8Flags(["-A"], [heap]), ["-A", `--v8-flags=${heap}`]);
  const given = ["--v8-flags=--expose-gc,--stack-size=900", "-A"];
  const wanted = ["-A", `--v8-flags=--expose-gc,--stack-size=900,${heap}`];
  assert.deepEqual(withV8Flags(given, [heap]), wanted);
});

test("workerCommand() does not start a program again that should have been a worker", () => {
  assert.match(workerCommand(undefined).args.at(-1) ?? "", /process-entry\.ts$/);
  process.env[WORKER_VARIABLE] = "1";
  try {
    assert.throws(() => workerCommand(undefined), /made by `ekiben compile`/);
  } finally {
    delete process.env[WORKER_VARIABLE];
  }
});
