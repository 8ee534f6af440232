import assert from "node:assert/strict";
import { test } from "node:test";
import { overridden, parseLevels } from "../../src/log/levels.ts";

const understood: readonly [text: string, levels: object][] = [
  ["", {}],
  ["debug", { all: "debug" }],
  ["WARN", { all: "warning" }],
  ["ekiben=error", { all: "error" }],
  ["ekiben.access=off", { categories: { access: "off" } }],
  [
    "info, ekiben.access=off,runner=debug,",
    { all: "info", categories: { access: "off", runner: "debug" } },
  ],
  ["info,error", { all: "error" }],
];
test("parseLevels() reads the levels of all categories, and of single ones", () => {
  for (const [text, levels] of understood) {
    assert.deepEqual(parseLevels(text, "EKIBEN_LOG"), levels, text);
  }
});

const wrong: readonly [text: string, message: RegExp][] = [
  ["loud", /^EKIBEN_LOG cannot be used: there is no level "loud"; there are debug, info, /],
  ["ekiben.runner=", /there is no level ""/],
  ["ekiben.acess=off", /there is no category "ekiben\.acess"; there are ekiben, ekiben\.access, /],
  ["toString=info", /there is no category "toString"/],
  ["constructor", /there is no level "constructor"/],
];
test("parseLevels() names the level or the category that there is not", () => {
  for (const [text, message] of wrong) {
    assert.throws(() => parseLevels(text, "EKIBEN_LOG"), { message });
  }
});

test("overridden() keeps what the later levels leave open", () => {
  const levels = parseLevels("info,ekiben.access=off", "EKIBEN_LOG");
  const expected = { all: "debug", categories: { access: "off" } };
  assert.deepEqual(overridden(levels, { all: "debug" }), expected);
});
