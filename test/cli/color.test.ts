/** When messages have colours. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { errorText, showsColors } from "../../src/cli/color.ts";

const CASES: readonly (readonly [boolean, Readonly<Record<string, string>>, boolean])[] = [
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [true, { TERM: "dumb" }, false],
  [false, { FORCE_COLOR: "1" }, true],
  [false, { FORCE_COLOR: "" }, false],
  [true, { FORCE_COLOR: "0" }, false],
  [true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
];

for (const [isTTY, environment, wanted] of CASES) {
  test(`showsColors() with ${JSON.stringify(environment)}, terminal: ${isTTY}`, () => {
    assert.equal(showsColors({ isTTY }, environment), wanted);
  });
}

test("errorText() has the same words with colours and without them", () => {
  const text = "error: unknown option '--prot'\n(Did you mean --port?)\n";
  assert.equal(errorText(text, { isTTY: false }), text);
  const before = { ...process.env };
  for (const name of ["NO_COLOR", "FORCE_COLOR", "TERM"]) delete process.env[name];
  try {
    const [red, cyan, end] = ["\u001b[31m", "\u001b[36m", "\u001b[39m"];
    assert.equal(
      errorText(text, { isTTY: true }),
      `${red}error:${end} unknown option '--prot'\n${cyan}(Did you mean --port?)${end}\n`,
    );
  } finally {
    Object.assign(process.env, before);
  }
});
