/** What failed in the output of a test runner, for the end of a long log. */

/** A test that failed, and its lines of the output, the error among them. */
export interface Failure {
  readonly name: string;
  readonly text: string;
}

/** The most lines of one failure. */
const MAX_LINES = 40;

/** Bun writes the error of a test before its mark; its list at the end repeats the marks. */
const BUN_FAILED = /^\(fail\) (.+?)(?: \[[\d.]+m?s\])?$/;
const BUN_BORDER = /^\((?:pass|fail|skip|todo)\) |^\S+\.test\.ts:$/;
/** Bun's line after the mark of a test that took too long. */
const TIMED_OUT = /^ {2}\^ /;
/** An error that no test has caught. */
const BUN_UNCAUGHT = /^# (Unhandled error between tests)/;

/** Node lists the failed tests at its end. Files and suites that contain them are marked, too. */
const NODE_LIST = /^✖ failing tests:$/;
const NODE_FAILED = /^✖ (.+?)(?: \([\d.]+ms\))?$/;
const NODE_BORDER = /^test at /;
/** All that Node tells of a file whose code failed; the error was printed before the mark. */
const NODE_UNTOLD = /^ {2}'test failed'$/m;

/** Deno, too: a place after the name of each, or the file whose code has failed. */
const DENO_LIST = /^ ERRORS $/;
const DENO_END = /^ FAILURES $/;
const DENO_FAILED = /^(.+?)(?: => \.\/\S+:\d+:\d+| \(uncaught error\))$/;

/** Returns the tests that failed in the output of `bun test`, `deno test` or `node --test`. */
export function failuresOf(output: string): readonly Failure[] {
  const lines = output.split("\n");
  return [...ofBun(lines), ...ofNode(lines), ...ofDeno(lines)];
}

/** Returns the end of an output, as much as of a failure. */
export function endOf(output: string): string {
  return output.trimEnd().split("\n").slice(-MAX_LINES).join("\n");
}

function ofBun(lines: readonly string[]): Failure[] {
  const failures = new Map<string, Failure>();
  let from = 0;
  for (const [at, line] of lines.entries()) {
    const name = BUN_FAILED.exec(line)?.[1];
    // The marks at the end have the same time, so they are the same lines.
    if (name !== undefined && !failures.has(line)) {
      const first = Math.max(from, at + 1 - MAX_LINES);
      const end = at + (TIMED_OUT.test(lines[at + 1] ?? "") ? 2 : 1);
      failures.set(line, { name, text: lines.slice(first, end).join("\n") });
    }
    const uncaught = BUN_UNCAUGHT.exec(line)?.[1];
    if (uncaught !== undefined) {
      failures.set(`${at}`, { name: uncaught, text: blockAt(lines, at, BUN_BORDER) });
    }
    if (BUN_BORDER.test(line)) from = at + 1;
  }
  return [...failures.values()];
}

function ofNode(lines: readonly string[]): Failure[] {
  const list = listed(lines.slice(after(lines, NODE_LIST)), NODE_FAILED, NODE_BORDER);
  return list.map(({ name, text }) => {
    if (!NODE_UNTOLD.test(text)) return { name, text };
    const mark = lines.indexOf(text.split("\n", 1)[0] ?? "");
    return { name, text: lines.slice(Math.max(0, mark + 1 - MAX_LINES), mark + 1).join("\n") };
  });
}

function ofDeno(lines: readonly string[]): Failure[] {
  const list = lines.slice(after(lines, DENO_LIST));
  return listed(list.slice(0, after(list, DENO_END) - 1), DENO_FAILED, DENO_FAILED);
}

/** Returns the failures of a list, each of which begins with its name. */
function listed(lines: readonly string[], failed: RegExp, border: RegExp): Failure[] {
  return lines.flatMap((line, at) => {
    const name = failed.exec(line)?.[1];
    return name === undefined ? [] : [{ name, text: blockAt(lines, at, border) }];
  });
}

/** Returns the lines from one to the next border. */
function blockAt(lines: readonly string[], at: number, border: RegExp): string {
  const block = lines.slice(at, at + MAX_LINES);
  const end = block.findIndex((line, index) => index > 0 && border.test(line));
  return (end === -1 ? block : block.slice(0, end)).join("\n").trimEnd();
}

/** Returns the index after the last line that matches; the number of lines if none does. */
function after(lines: readonly string[], pattern: RegExp): number {
  const at = lines.findLastIndex((line) => pattern.test(line));
  return at === -1 ? lines.length : at + 1;
}
