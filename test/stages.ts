/** The stages of a test run: how the files are divided among processes, and their commands. */
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { binaries, root } from "./support/runtimes.ts";
import { installPackages } from "./system/packages.ts";

type Runtime = "Bun" | "Deno" | "Node";

/** A command to run, and the way to count its results. */
export interface Stage {
  readonly name: string;
  readonly command: readonly string[];
  /** The runtime of its tests. All runtimes must run the same number of tests. */
  readonly runtime?: Runtime;
  /** The numbers of tests in the output; a check without numbers counts as one test. */
  readonly count?: (output: string) => Counts;
  /** Returns the command that runs only the tests of these names. */
  readonly only?: (names: readonly string[]) => readonly string[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** The tests that depend on what is of a whole process, or of a whole module graph on Deno. */
const OWN_PROCESS: ReadonlySet<string> = new Set([
  // The log, from the first test of the file to the last.
  "test/runtime/cases.test.ts",
  "test/runtime/model-headers.test.ts",
  // Memory, signals and listeners.
  "test/runtime/http2/heavy.test.ts",
  "test/runtime/stop-signals.test.ts",
  "test/runtime/uncaught.test.ts",
]);

/**
 * The tests that leave threads behind which never wait. Deno ends such a thread with the module
 * graph that started it: until then, it takes processor time from all other tests.
 */
const LEAVES_THREADS = /^test\/(executor\/|runner\/[^/]+$)/;

/** The tests that start the command line again and again. */
const STARTS_PROCESSES = /^test\/cli\//;

/**
 * The tests that collect all garbage, on demand or, on Bun, by thousands of instances of
 * WebAssembly: among all other tests, it takes ten times as long.
 */
const COLLECT_GARBAGE: ReadonlySet<string> = new Set([
  "test/client/forgotten.test.ts",
  "test/http/forgotten.test.ts",
  "test/io/picture/image-hostile.test.ts",
  "test/io/picture/png.test.ts",
  "test/runtime/forgotten-request.test.ts",
]);

const bun = process.execPath;
const { deno, node } = binaries();

/** Returns the stages of `bun run test`. */
export function mainStages(): Stage[] {
  const all = files("test/**/*.test.ts").filter((file) => !/^test\/(project|system)\//.test(file));
  const [starting, others] = divide(all, (file) => STARTS_PROCESSES.test(file));
  const [own, shared] = divide(
    others,
    (file) => OWN_PROCESS.has(file) || COLLECT_GARBAGE.has(file),
  );
  const [collecting, rest] = divide(others, (file) => COLLECT_GARBAGE.has(file));
  const [leaving, ending] = divide(shared, (file) => LEAVES_THREADS.test(file));
  // Deno overflows its stack if a Web Worker starts in a process with the modules of all tests.
  const half = Math.ceil(ending.length / 2);
  // The longest first, so that the last ones end together.
  return [
    onNode("command line on Node", starting, "none"),
    onDeno("command line on Deno", starting),
    onDeno("tests on Deno, 1 of 2", ending.slice(0, half), leaving),
    onDeno("tests on Deno, 2 of 2", ending.slice(half), own),
    onNode("tests on Node", shared, "none"),
    { ...onBun("tests on Bun", rest), runtime: "Bun" },
    onBun("tests of the project", files("test/project/*.test.ts")),
    { ...onBun("command line on Bun", starting), runtime: "Bun" },
    { ...onBun("tests that collect garbage on Bun", collecting), runtime: "Bun" },
    onNode("tests on Node, a process each", own, "process"),
    { name: "types", command: [bun, "x", "tsc", "--noEmit"] },
    { name: "format and lint", command: [bun, "x", "biome", "check", "--error-on-warnings", "."] },
  ];
}

/** The system tests that take longest, the longest first; the others take ten seconds at most. */
const LONGEST_SYSTEM_TESTS = [
  "webgpu",
  "oip-clients",
  "openapi",
  "prometheus",
  "haproxy",
  "oip-grpc",
  "bentoml-clients",
  "page-states",
  "browser-example",
  "nginx",
  "web-workers",
  "browser-cases",
  "page",
  "browser-service",
  "tracing",
];

/** Returns the stages of `bun run test:system`, the longest first as above. */
export function systemStages(): Stage[] {
  installPackages();
  const place = (name: string): number => {
    const at = LONGEST_SYSTEM_TESTS.indexOf(name);
    return at === -1 ? LONGEST_SYSTEM_TESTS.length : at;
  };
  return files("test/system/*.test.ts")
    .map((file) => ({ file, name: basename(file, ".test.ts") }))
    .sort((one, other) => place(one.name) - place(other.name))
    .map(({ file, name }) => onBun(`system tests: ${name}`, [file]));
}

function files(pattern: string): string[] {
  return globSync(pattern, { cwd: root }).sort();
}

function divide(
  tests: readonly string[],
  isFirst: (file: string) => boolean,
): [string[], string[]] {
  return [tests.filter(isFirst), tests.filter((file) => !isFirst(file))];
}

function onBun(name: string, tests: readonly string[]): Stage {
  const command = [bun, "test", "--timeout", "300000", ...tests.map((file) => `./${file}`)];
  return {
    name,
    command,
    only: (names) => [...command, "--test-name-pattern", exactly(names)],
    count: byNumbers(/^ *(\d+) pass$/m, /^ *(\d+) fail$/m),
  };
}

/** @param own the tests that do not share their modules with others */
function onDeno(name: string, shared: readonly string[], own: readonly string[] = []): Stage {
  const flags = [
    "-A",
    "--no-check",
    "--no-lock",
    "--node-modules-dir=manual",
    "--quiet",
    "--unstable-no-legacy-abort",
  ];
  const command = [deno, "test", ...flags, moduleOf(shared), ...own];
  return {
    name,
    runtime: "Deno",
    command,
    only: (names) => [...command, "--filter", `/${exactly(names)}/`],
    count: byNumbers(/\| (\d+) passed/, /\| (\d+) failed/),
  };
}

/** Returns a module that imports tests: Deno loads all modules anew for each file it is given. */
function moduleOf(tests: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "ekiben-tests-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "all.test.ts");
  const urls = tests.map((test) => new URL(test, root).href);
  writeFileSync(file, urls.map((url) => `import ${JSON.stringify(url)};\n`).join(""));
  return file;
}

/** @param isolation `process` for one process per file, `none` for one in all */
function onNode(name: string, tests: readonly string[], isolation: "process" | "none"): Stage {
  const flags = [
    "--test",
    "--test-reporter=spec",
    "--test-timeout=300000",
    `--test-isolation=${isolation}`,
  ];
  return {
    name,
    runtime: "Node",
    command: [node, ...flags, ...tests],
    only: (names) => [node, ...flags, `--test-name-pattern=${exactly(names)}`, ...tests],
    count: byNumbers(/^ℹ pass (\d+)$/m, /^ℹ fail (\d+)$/m),
  };
}

/** Returns a regular expression for these names alone. */
function exactly(names: readonly string[]): string {
  const escaped = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return `^(?:${escaped.join("|")})$`;
}

function byNumbers(passed: RegExp, failed: RegExp): (output: string) => Counts {
  const last = (pattern: RegExp, output: string): number =>
    Number([...output.matchAll(new RegExp(pattern, `${pattern.flags}g`))].at(-1)?.[1] ?? 0);
  return (output) => ({ passed: last(passed, output), failed: last(failed, output) });
}
