/**
 * Runs every check and test and ends with one line for the whole, `N passed, N failed`.
 *
 * Without flags: every test file on Bun, Deno and Node, the tests of the project itself, format
 * and lint, and types, two stages at a time. With `--system`: the tests that need Debian packages.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { binaries, root } from "./support/runtimes.ts";
import { installPackages } from "./system/packages.ts";

/** A command to run, and the way to count its results. */
interface Stage {
  readonly name: string;
  readonly command: readonly string[];
  /** The runtime of its tests. All runtimes must run the same number of tests. */
  readonly runtime?: "Bun" | "Deno" | "Node";
  /** The numbers of tests in the output; a check without numbers counts as one test. */
  readonly count?: Count;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

type Count = (output: string) => Counts;

/** The time after which a stage is ended, and counts as failed. */
const STAGE_LIMIT_MS = 15 * 60_000;
/** The number of stages at the same time. Tests often wait for sockets and processes. */
const LANES = Math.min(2, availableParallelism());
/** The tests that change their process: its signals, its handlers, its limits. */
const OWN_PROCESS = /^test\/(cli|runtime)\//;

/** The seed of every random test: `SEED=<number>` repeats a run. */
const seed = process.env["SEED"] ?? String(Date.now() % 1_000_000);

/** Where Node keeps compiled modules: each start of the command line takes half the time. */
const compileCache = fileURLToPath(new URL("node_modules/.cache/node", root));

const bun = process.execPath;
const { deno, node } = binaries();

function files(pattern: string): string[] {
  return globSync(pattern, { cwd: root }).sort();
}

function onBun(name: string, tests: readonly string[]): Stage {
  const command = [bun, "test", "--timeout", "300000", ...tests.map((file) => `./${file}`)];
  return { name, command, count: byNumbers(/^ *(\d+) pass$/m, /^ *(\d+) fail$/m) };
}

function onDeno(name: string, tests: readonly string[]): Stage {
  const flags = [
    "-A",
    "--no-check",
    "--no-lock",
    "--node-modules-dir=manual",
    "--quiet",
    "--unstable-no-legacy-abort",
  ];
  return {
    name,
    runtime: "Deno",
    command: [deno, "test", ...flags, ...tests],
    count: byNumbers(/\| (\d+) passed/, /\| (\d+) failed/),
  };
}

/** @param isolation `process` for one process per file, `none` for one in all */
function onNode(name: string, tests: readonly string[], isolation: "process" | "none"): Stage {
  const flags = ["--test", "--test-reporter=spec", "--test-timeout=300000"];
  return {
    name,
    runtime: "Node",
    command: [node, ...flags, `--test-isolation=${isolation}`, ...tests],
    count: byNumbers(/^ℹ pass (\d+)$/m, /^ℹ fail (\d+)$/m),
  };
}

function byNumbers(passed: RegExp, failed: RegExp): Count {
  const last = (pattern: RegExp, output: string): number =>
    Number([...output.matchAll(new RegExp(pattern, `${pattern.flags}g`))].at(-1)?.[1] ?? 0);
  return (output) => ({ passed: last(passed, output), failed: last(failed, output) });
}

function mainStages(): Stage[] {
  const shared = files("test/**/*.test.ts").filter(
    (file) => !/^test\/(project|system)\//.test(file),
  );
  const [own, together] = [shared.filter(isOwn), shared.filter((file) => !isOwn(file))];
  // The longest first, so that the last ones end together. Node takes two seconds to start a file.
  return [
    onNode("tests on Node, a process each", own, "process"),
    ...thirds(shared).map((tests, at) => onDeno(`tests on Deno, ${at + 1} of 3`, tests)),
    { ...onBun("tests on Bun", shared), runtime: "Bun" },
    onNode("tests on Node, in one process", together, "none"),
    onBun("tests of the project", files("test/project/*.test.ts")),
    { name: "types", command: [bun, "x", "tsc", "--noEmit"] },
    { name: "format and lint", command: [bun, "x", "biome", "check", "--error-on-warnings", "."] },
  ];
}

/** Deno overflows its stack if a Web Worker starts in a process with the modules of all tests. */
function thirds(tests: readonly string[]): string[][] {
  const size = Math.ceil(tests.length / 3);
  return [0, 1, 2].map((at) => tests.slice(at * size, (at + 1) * size));
}

function isOwn(file: string): boolean {
  return OWN_PROCESS.test(file);
}

function systemStages(): Stage[] {
  installPackages();
  return [onBun("system tests", files("test/system/*.test.ts"))];
}

async function run({ name, command, count }: Stage): Promise<Counts> {
  const beganAt = performance.now();
  const { output, code } = await outputOf(command);
  const counted = count?.(output) ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  // A command that exits with an error, or counts no tests, has failed, whatever its output.
  const broken = counted.failed === 0 && (code !== 0 || counted.passed === 0);
  const { passed, failed } = broken ? { ...counted, failed: 1 } : counted;
  if (failed > 0) console.log(output);
  const verdict = failed > 0 ? "FAILED" : "ok";
  const time = `${secondsSince(beganAt)} s`;
  console.log(`${verdict}  ${name}: ${passed} passed, ${failed} failed, ${time}`);
  return { passed, failed };
}

function outputOf(command: readonly string[]): Promise<{ output: string; code: number }> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: fileURLToPath(root),
      env: { ...process.env, NO_COLOR: "1", SEED: seed, NODE_COMPILE_CACHE: compileCache },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const timer = setTimeout(() => {
      output += `\nended after ${STAGE_LIMIT_MS / 60_000} minutes\n`;
      child.kill("SIGKILL");
    }, STAGE_LIMIT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", (error) => {
      output += `${program}: ${error.message}\n`;
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ output, code: code ?? 1 });
    });
  });
}

function secondsSince(ms: number): string {
  return ((performance.now() - ms) / 1000).toFixed(0);
}

/** Runs stages in their order, at most `lanes` at a time. */
async function runAll(stages: Stage[], lanes: number): Promise<Map<Stage, Counts>> {
  const results = new Map<Stage, Counts>();
  const waiting = [...stages];
  const lane = async (): Promise<void> => {
    for (let stage = waiting.shift(); stage !== undefined; stage = waiting.shift()) {
      results.set(stage, await run(stage));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

const beganAt = performance.now();
const results = process.argv.includes("--system")
  ? await runAll(systemStages(), 1)
  : await runAll(mainStages(), LANES);
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
