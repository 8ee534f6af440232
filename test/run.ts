/**
 * Runs every check and test, shows what failed once more, and ends with one line for the whole,
 * `N passed, N failed`.
 *
 * Without flags: every test file on Bun, Deno and Node, the tests of the project itself, format
 * and lint, and types. With `--system`: the tests that need Debian packages. Some stages at a time.
 *
 * When one or two tests have failed, they are run again, alone. One that passes then is named
 * `FLAKY` instead of `FAILED`, which tells where to look: it has lost a race, its own or one of the
 * code. The run has failed all the same.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type Counts, mainStages, type Stage, systemStages } from "./stages.ts";
import { endOf, type Failure, failuresOf } from "./support/failures.ts";
import { root } from "./support/runtimes.ts";

interface Result extends Counts {
  readonly failures: readonly Failure[];
}

/** The time after which a stage is ended, and counts as failed. */
const STAGE_LIMIT_MS = 35 * 60_000;
/** The longest time between the last output of tests and their end that is not worth telling. */
const MAX_SILENT_SECONDS = 20;
/** The most failures whose errors are shown at the end; all are named there. */
const MAX_SHOWN = 10;
/** The most failed tests that are run again: more are no coincidence. */
const MAX_AGAIN = 2;
/** The number of stages at the same time: with more than cores, tests of time limits fail. */
const LANES = Math.min(2, availableParallelism());

/** The seed of every random test: `SEED=<number>` repeats a run. */
const seed = process.env["SEED"] ?? String(Date.now() % 1_000_000);

/** Where Node keeps compiled modules: each start of the command line takes half the time. */
const compileCache = fileURLToPath(new URL("node_modules/.cache/node", root));

async function run({ name, command, count }: Stage): Promise<Result> {
  const beganAt = performance.now();
  const { output, code, silentSeconds } = await outputOf(command);
  const counted = count?.(output) ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  // A command that exits with an error, or counts no tests, has failed, whatever its output.
  const broken = counted.failed === 0 && (code !== 0 || counted.passed === 0);
  const { passed, failed } = broken ? { ...counted, failed: 1 } : counted;
  if (failed > 0) console.log(output);
  const verdict = failed > 0 ? "FAILED" : "ok";
  // A timer or a connection that a test has left, or the code: worth a look.
  const isLate = count !== undefined && silentSeconds > MAX_SILENT_SECONDS;
  const late = isLate ? `, the last ${silentSeconds} of them in silence` : "";
  const time = `${secondsSince(beganAt)} s${late}`;
  console.log(`${verdict}  ${name}: ${passed} passed, ${failed} failed, ${time}`);
  const failures = failed > 0 ? failuresOf(output) : [];
  const isTold = failed === 0 || (failures.length > 0 && !broken);
  return {
    passed,
    failed,
    failures: isTold ? failures : [...failures, { name, text: endOf(output) }],
  };
}

/** Runs the failed tests again, if they are few. Returns those that passed. */
async function flakyOf(results: ReadonlyMap<Stage, Result>): Promise<ReadonlySet<Failure>> {
  const flaky = new Set<Failure>();
  const failed = [...results].filter(([, result]) => result.failed > 0);
  const count = failed.reduce((sum, [, result]) => sum + result.failed, 0);
  if (count > MAX_AGAIN) return flaky;
  for (const [{ only, count: countOf }, { failures }] of failed) {
    if (only === undefined) continue;
    const { output, code } = await outputOf(only(failures.map(({ name }) => name)));
    const again = countOf?.(output);
    if (code !== 0 || again?.failed !== 0 || again.passed < failures.length) continue;
    for (const failure of failures) flaky.add(failure);
  }
  return flaky;
}

interface Ended {
  readonly output: string;
  readonly code: number;
  /** The time between its last output and its end. */
  readonly silentSeconds: number;
}

function outputOf(command: readonly string[]): Promise<Ended> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: fileURLToPath(root),
      env: { ...process.env, NO_COLOR: "1", SEED: seed, NODE_COMPILE_CACHE: compileCache },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let toldAt = performance.now();
    const timer = setTimeout(() => {
      output += `\nended after ${STAGE_LIMIT_MS / 60_000} minutes\n`;
      child.kill("SIGKILL");
    }, STAGE_LIMIT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        toldAt = performance.now();
      });
    }
    child.on("error", (error) => {
      output += `${program}: ${error.message}\n`;
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ output, code: code ?? 1, silentSeconds: Number(secondsSince(toldAt)) });
    });
  });
}

function secondsSince(ms: number): string {
  return ((performance.now() - ms) / 1000).toFixed(0);
}

/** Runs stages in their order, at most `lanes` at a time. */
async function runAll(stages: Stage[], lanes: number): Promise<Map<Stage, Result>> {
  const results = new Map<Stage, Result>();
  const waiting = [...stages];
  const lane = async (): Promise<void> => {
    for (let stage = waiting.shift(); stage !== undefined; stage = waiting.shift()) {
      results.set(stage, await run(stage));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** Shows what failed: of the log of a long run, often only the end is kept. */
function showFailures(results: ReadonlyMap<Stage, Result>, flaky: ReadonlySet<Failure>): void {
  const failures = [...results].flatMap(([stage, result]) =>
    result.failures.map((failure) => ({ stage, failure })),
  );
  for (const { stage, failure } of failures.slice(0, MAX_SHOWN)) {
    console.log(`\n--- failed in ${stage.name}\n${failure.text}`);
  }
  if (failures.length > 0) console.log();
  for (const { stage, failure } of failures) {
    const verdict = flaky.has(failure) ? "FLAKY" : "FAILED";
    console.log(`${verdict}  ${stage.name}: ${failure.name}`);
  }
}

const beganAt = performance.now();
const stages = process.argv.includes("--system") ? systemStages() : mainStages();
const results = await runAll(stages, LANES);
showFailures(results, await flakyOf(results));
const totals = new Map<string, number>();
let [passed, failed] = [0, 0];
for (const [{ runtime }, counts] of results) {
  passed += counts.passed;
  failed += counts.failed;
  if (runtime === undefined) continue;
  totals.set(runtime, (totals.get(runtime) ?? 0) + counts.passed + counts.failed);
}
if (new Set(totals.values()).size > 1) {
  const numbers = [...totals].map(([runtime, count]) => `${runtime} ${count}`).join(", ");
  console.log(`FAILED  the runtimes ran different numbers of tests: ${numbers}`);
  failed += 1;
}
console.log(`${secondsSince(beganAt)} s in all, SEED=${seed}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
