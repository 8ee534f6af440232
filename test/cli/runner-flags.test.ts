/** The numbers of workers and threads, and the backends, by flags, variables and the file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { configWith, type RunnerFlags, withRunnerFlags } from "../../src/cli/runner-flags.ts";
import { configOf } from "../config/config-of.ts";
import { logged, runCli, startCli } from "../support/cli.ts";
import { configFiles } from "./config-files.ts";

const { fileWith } = configFiles();
const service = fileURLToPath(new URL("./fixtures/sizes.ts", import.meta.url));

/** The flags of a command line. */
function flagsOf(...args: readonly string[]): RunnerFlags {
  return withRunnerFlags(new Command()).parse(args, { from: "user" }).opts();
}

const file = `
runners:
  workers: 9
  backend: native
  mnist: { workers: 8, threads: 7 }
`;

/** The settings of `mnist` and of another runner by the flags. */
const CASES: readonly (readonly [args: string, mnist: unknown[], other: unknown[]])[] = [
  ["", [8, 7, false, "native"], [9, undefined, true, "native"]],
  ["--workers 4", [4, 7, false, "native"], [4, undefined, true, "native"]],
  ["--workers auto", ["auto", 7, false, "native"], ["auto", undefined, true, "native"]],
  ["--workers mnist=2", [2, 7, false, "native"], [9, undefined, true, "native"]],
  ["--workers 1,mnist=2", [2, 7, false, "native"], [1, undefined, true, "native"]],
  ["--workers mnist=2 --workers 1", [2, 7, false, "native"], [1, undefined, true, "native"]],
  ["--threads 4", [8, 4, true, "native"], [9, 4, true, "native"]],
  ["--threads mnist=4", [8, 4, false, "native"], [9, undefined, true, "native"]],
  ["--backend mnist=wasm", [8, 7, false, "wasm"], [9, undefined, true, "native"]],
  ["--backend auto", [8, 7, false, "auto"], [9, undefined, true, "auto"]],
];
for (const [args, mnist, other] of CASES) {
  test(`the flags "${args}" take precedence over the file`, () => {
    const config = configWith(configOf(file), flagsOf(...args.split(" ").filter(Boolean)));
    const settings = (name: string): unknown[] => {
      const { workers, threads, sharesThreads, backend } = config.runner(name);
      return [workers, threads, sharesThreads, backend];
    };
    assert.deepEqual(settings("mnist"), mnist);
    assert.deepEqual(settings("other"), other);
  });
}

test("a flag for a runner that there is not is refused", () => {
  const config = configWith(configOf("{}"), flagsOf("--workers", "mnits=2"));
  const message = 'Cannot use --workers: there is no runner "mnits": did you mean "mnist"?';
  assert.throws(() => config.checkRunners(["mnist", "other"]), { message });
  config.checkRunners(["mnits"]);
});

test("ekiben serve has the workers of flag, variable, file and code", async () => {
  const config = fileWith("runners: { third: { workers: 1 } }\napi_server: { workers: 8 }");
  const env = { EKIBEN_WORKERS: "second=2", EKIBEN_THREADS: "2" };
  const args = ["serve", service, "--no-grpc", "--workers", "first=1,second=2"];
  const ready = /Serving \S+ on (http:\S+)[\s\S]*Runner fourth/;
  await using server = await startCli([...args, "--config", config], { env }, ready);
  for (const line of [
    /Runner first: 1 worker$/m,
    /Runner second: 2 workers$/m,
    /Runner third: 1 worker$/m,
    /Runner fourth: 2 workers$/m,
    /Runner "?first"? runs with 1 thread instead of 2: its runnable is not declared with multi/,
    /"api_server\.workers" has no effect: one process takes all calls/,
  ]) {
    await logged(server, line);
  }
  const threads = await fetch(`${server.url}/threads`, { method: "POST", body: "null" });
  assert.equal(await threads.json(), 2, "the runnable that can use several threads has them");
});

for (const [args, env, message] of [
  [
    ["--workers", "0"],
    {},
    /'0' is invalid\. It must be a whole number from 1 up, auto, or runner=number/,
  ],
  [["--workers", "frist=2"], {}, /^error: .*there is no runner "frist": did you mean "first"\?/m],
  [
    [],
    { EKIBEN_WORKERS: "many" },
    /'many' from env 'EKIBEN_WORKERS' is invalid\. It must be a whole number/,
  ],
  [["--threads", "first=2"], {}, /Runner "first" asks for 2 threads, but its runnable uses one/],
  [["--backend", "cuda"], {}, /'cuda' is invalid\. Allowed choices are auto, native, wasm, webgpu/],
] as const) {
  test(`ekiben serve refuses ${[...args, ...Object.entries(env).flat()].join(" ")}`, async () => {
    const { code, output } = await runCli(["serve", service, "--port", "0", ...args], { env });
    assert.notEqual(code, 0);
    assert.match(output, message);
  });
}
