import assert from "node:assert/strict";
import { test } from "node:test";
import { Command, Option } from "commander";
import { withNearChoice } from "../../src/cli/near-choice.ts";
import { serveCommand } from "../../src/cli/serve.ts";

/** Returns what Commander says of a value. */
function errorOf(command: Command, args: readonly string[]): string {
  let text = "";
  command.configureOutput({ outputError: (error) => (text += error) }).exitOverride();
  assert.throws(() => command.parse(args, { from: "user" }));
  return text;
}

for (const [flag, value, near] of [
  ["--backend", "nativ", "native"],
  ["--backend", "mnist=WASM", "wasm"],
  ["--backend", "native,mnist=webgup", "webgpu"],
  ["--backend", "cuda", undefined],
  ["--log-format", "jsn", "json"],
  ["--log-level", "warn", "warning"],
  ["--log-level", "DEBUG", "debug"],
  ["--isolation", "thread", "threads"],
  ["--batch", "of", "off"],
  ["--on-uncaught", "zzz", undefined],
  ["--on-uncaught", "", undefined],
] as const) {
  test(`withNearChoice() suggests ${near} for ${flag} ${JSON.stringify(value)}`, () => {
    const text = errorOf(serveCommand, [flag, value]);
    const end = near === undefined ? "" : `(Did you mean ${near}?)\n`;
    const [first] = text.split("\n");
    assert.match(first ?? "", /is invalid\. Allowed choices are .*\.$/);
    assert.equal(withNearChoice(text), text.replace(/(?<=choices are .*\.\n)/, end));
  });
}

test("withNearChoice() reads the value of a variable, and leaves other errors alone", () => {
  process.env["EKIBEN_TEST_SHAPE"] = "rond";
  try {
    const option = new Option("--shape <name>").env("EKIBEN_TEST_SHAPE").choices(["round", "flat"]);
    const text = errorOf(new Command("draw").addOption(option), []);
    assert.match(
      withNearChoice(text),
      /from env 'EKIBEN_TEST_SHAPE' .*\.\n\(Did you mean round\?\)/,
    );
  } finally {
    delete process.env["EKIBEN_TEST_SHAPE"];
  }
  for (const text of ["error: unknown option '--prot'\n(Did you mean --port?)\n", ""]) {
    assert.equal(withNearChoice(text), text);
  }
});
