import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { endOf, type Failure, failuresOf } from "../support/failures.ts";
import { binaries } from "../support/runtimes.ts";
import { temporaryFolder } from "./checkout.ts";
import { run } from "./process.ts";

const TESTS = `
import assert from "node:assert/strict";
import { test } from "node:test";
test("one", () => {});
test("two [fails]", () => assert.equal("what was", "what should be"));
test("three", () => {});
test("four", async () => { throw new Error("five lines\\n2\\n3\\n4\\n5"); });
`;

const { deno, node } = binaries();
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  Bun: [process.execPath, "test", "./failing.test.ts"],
  Deno: [deno, "test", "-A", "--no-check", "--no-lock", "--quiet", "failing.test.ts"],
  Node: [node, "--test", "--test-reporter=spec", "--test-isolation=none", "failing.test.ts"],
  "Node, in processes": [node, "--test", "--test-reporter=spec", "failing.test.ts"],
};

/** Runs a file of tests on one of the runners. */
async function outputOf(command: readonly string[], tests: string): Promise<string> {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "failing.test.ts"), tests);
  writeFileSync(join(folder.path, "package.json"), '{"type":"module"}');
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return (await run(command, { cwd: folder.path, env: { ...env, NO_COLOR: "1" } })).output;
}

for (const [runner, command] of Object.entries(RUNNERS)) {
  test(`failuresOf() finds the failed tests, and their errors, on ${runner}`, async () => {
    const output = await outputOf(command, TESTS);
    const failures = failuresOf(output);
    assert.deepEqual(
      failures.map(({ name }) => name),
      ["two [fails]", "four"],
      output,
    );
    const [two, four] = failures.map(({ text }) => text);
    assert.match(two ?? "", /what should be/);
    assert.match(four ?? "", /five lines\n[\s\S]*\b5$/m);
  });

  test(`failuresOf() shows code of a file that fails, on ${runner}`, async () => {
    const output = await outputOf(command, 'throw new Error("out of all tests");\n');
    assert.match(textOf(failuresOf(output)), /out of all tests/, output);
  });
}

test("endOf() returns the last 40 lines of an output, in which failuresOf() finds nothing", () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`);
  assert.equal(endOf(`${lines.join("\n")}\n`), lines.slice(-40).join("\n"));
  assert.deepEqual(failuresOf(lines.join("\n")), []);
});

test("failuresOf() keeps at most 40 lines of an error", () => {
  const error = Array.from({ length: 100 }, (_, at) => `line ${at}`).join("\n");
  const [failure] = failuresOf(`(pass) a\n${error}\n(fail) b [1.00ms]\n\n 1 pass\n 1 fail`);
  assert.equal(failure?.name, "b");
  assert.equal(failure?.text.split("\n").length, 40);
  assert.match(failure?.text ?? "", /line 99\n\(fail\) b/);
});

function textOf(failures: readonly Failure[]): string {
  return failures.map(({ name, text }) => `${name}\n${text}`).join("\n");
}
