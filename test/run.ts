/**
 * Runs every check and test and ends with one line for the whole, `N passed, N failed`.
 *
 * Without flags: format and lint, types, then every test file on Bun, Deno and Node, then the
 * tests of the project itself. With `--system`: the tests that need Debian packages.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { binaries, root } from "./support/runtimes.ts";
import { installPackages } from "./system/packages.ts";

/** One thing to run, and how to count what it did. */
interface Stage {
  readonly name: string;
  readonly command: readonly string[];
  /** Stages that must count the same: one list of tests, on each runtime. */
  readonly same?: boolean;
  /** The numbers of tests in the output; a check without numbers counts as one test. */
  readonly count?: Count;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

type Count = (output: string) => Counts;

/** A stage that has not ended by then is ended, and has failed. */
const STAGE_LIMIT_MS = 15 * 60_000;

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
    command: [deno, "test", ...flags, ...tests],
    count: byNumbers(/\| (\d+) passed/, /\| (\d+) failed/),
  };
}

function onNode(name: string, tests: readonly string[]): Stage {
  const flags = ["--test", "--test-reporter=spec", "--test-timeout=300000"];
  return {
    name,
    command: [node, ...flags, ...tests],
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
  return [
    { name: "format and lint", command: [bun, "x", "biome", "check", "--error-on-warnings", "."] },
    { name: "types", command: [bun, "x", "tsc", "--noEmit"] },
    { ...onBun("tests on Bun", shared), same: true },
    { ...onDeno("tests on Deno", shared), same: true },
    { ...onNode("tests on Node", shared), same: true },
    onBun("tests of the project", files("test/project/*.test.ts")),
  ];
}

function systemStages(): Stage[] {
  installPackages();
  return [onBun("system tests", files("test/system/*.test.ts"))];
}

async function run({ name, command, count }: Stage): Promise<Counts> {
  const { output, code } = await outputOf(command);
  const counted = count?.(output) ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  // A runner that failed or counted nothing has failed, whatever it printed.
  const broken = counted.failed === 0 && (code !== 0 || counted.passed === 0);
  const { passed, failed } = broken ? { ...counted, failed: 1 } : counted;
  if (failed > 0) console.log(output);
  console.log(`${failed > 0 ? "FAILED" : "ok"}  ${name}: ${passed} passed, ${failed} failed`);
  return { passed, failed };
}

function outputOf(command: readonly string[]): Promise<{ output: string; code: number }> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: fileURLToPath(root),
      env: { ...process.env, NO_COLOR: "1" },
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

const totals = new Set<number>();
const counts: Counts[] = [];
for (const stage of process.argv.includes("--system") ? systemStages() : mainStages()) {
  const { passed, failed } = await run(stage);
  counts.push({ passed, failed });
  if (stage.same) totals.add(passed + failed);
}
if (totals.size > 1) {
  console.log(`FAILED  the runtimes ran different numbers of tests: ${[...totals].join(", ")}`);
  counts.push({ passed: 0, failed: 1 });
}
const passed = counts.reduce((sum, each) => sum + each.passed, 0);
const failed = counts.reduce((sum, each) => sum + each.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
