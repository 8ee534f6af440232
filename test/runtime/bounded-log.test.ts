import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { BoundedLog } from "../../src/runtime/bounded-log.ts";
import { until } from "../support/until.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-log-"));
after(() => rmSync(folder, { recursive: true }));

const linesOf = (path: string): string[] => readFileSync(path, "utf8").trimEnd().split("\n");

function open(path: string, maxBytes: number) {
  const stopped: string[] = [];
  const log = new BoundedLog(path, {
    maxBytes,
    lastLine: (reason) => `end: ${reason}`,
    stopped: (text) => stopped.push(text),
  });
  return { log, stopped };
}

test("BoundedLog writes all lines in order, those of a write under way too", () => {
  const path = join(folder, "all");
  const { log, stopped } = open(path, 1e6);
  const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at}, ${"é".repeat(at % 3)}`);
  for (const line of lines) log.add(line);
  log.close();
  log.close();
  log.add("too late");
  assert.deepEqual(linesOf(path), lines);
  assert.deepEqual(stopped, []);
});

test("BoundedLog ends at its limit with a line that says so", async () => {
  const path = join(folder, "limited");
  const { log, stopped } = open(path, 10_000);
  for (let at = 0; at < 2_000; at++) log.add(`line ${at}`);
  await until(() => linesOf(path).at(-1)?.startsWith("end") === true);
  const lines = linesOf(path);
  const reason = "it has reached its limit of 10000 bytes";
  assert.equal(lines.pop(), `end: ${reason}`);
  assert.deepEqual(
    lines,
    lines.map((_, at) => `line ${at}`),
  );
  assert.ok(lines.join("\n").length > 9_900);
  assert.deepEqual(stopped, [`No more is recorded in ${path}: ${reason}`]);
});

test("BoundedLog stops quietly when the disk is full", async (context) => {
  const path = "/dev/full";
  let log: ReturnType<typeof open>;
  try {
    log = open(path, 1e6);
  } catch {
    return context.diagnostic("this system has no /dev/full");
  }
  for (let at = 0; at < 20_000; at++) log.log.add(`line ${at}`);
  await until(() => log.stopped.length > 0);
  assert.match(log.stopped[0] ?? "", /^No more is recorded in \/dev\/full: .*no space left/i);
  log.log.add("more");
  log.log.close();
  assert.equal(log.stopped.length, 1);
});

test("BoundedLog says why it cannot open a file", () => {
  assert.throws(() => open(join(folder, "none", "file"), 1), /no such file|not found/i);
});
