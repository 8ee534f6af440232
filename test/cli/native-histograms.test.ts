import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { Command } from "commander";
import { readServeFlags, type ServeFlags, withServeFlags } from "../../src/cli/serve-flags.ts";
import { settingsOf } from "../../src/runtime/settings.ts";

const KEY = "api_server.metrics.native_histograms";
const NAME = "EKIBEN_NATIVE_HISTOGRAMS";

/** What is said, in the order in which it counts, and what comes of it. */
const cases: readonly (readonly [
  flags: readonly string[],
  variables: Readonly<Record<string, string>>,
  native: boolean | undefined,
])[] = [
  [[], {}, undefined],
  [["--no-native-histograms"], {}, false],
  [["--native-histograms", "off"], {}, false],
  [["--native-histograms", "on"], {}, true],
  [[], { [NAME]: "off" }, false],
  [[], { [NAME]: "false" }, false],
  [[], { [NAME]: "true" }, true],
  [[], { EKIBEN_CONFIG_OPTIONS: `${KEY}=false` }, false],
  [["--native-histograms", "on"], { [NAME]: "off" }, true],
  [["--native-histograms", "on"], { EKIBEN_CONFIG_OPTIONS: `${KEY}=false` }, true],
  [[], { [NAME]: "off", EKIBEN_CONFIG_OPTIONS: `${KEY}=true` }, false],
];

for (const [flags, variables, native] of cases) {
  const said = [...flags, ...Object.entries(variables).map((each) => each.join("="))];
  test(`ekiben serve ${said.join(" ")}: native histograms`, async () => {
    const options = "EKIBEN_CONFIG_OPTIONS";
    // What else is configured stays.
    const set = {
      ...variables,
      [options]: `${variables[options] ?? ""} api_server.metrics.namespace=a`,
    };
    Object.assign(process.env, set);
    try {
      const command = withServeFlags(new Command()).exitOverride();
      command.parse([...flags, "service.ts"], { from: "user" });
      const { options: read, config } = await readServeFlags(command.opts<ServeFlags>());
      const { metrics } = settingsOf(read, { config });
      assert.equal(metrics.nativeHistograms, native);
      assert.equal(metrics.namespace, "a");
    } finally {
      for (const name of Object.keys(set)) delete process.env[name];
    }
  });
}

test("ekiben serve --native-histograms maybe is refused", () => {
  const command = withServeFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr() {} });
  const words = ["--native-histograms", "maybe", "service.ts"];
  assert.throws(() => command.parse(words, { from: "user" }), {
    message: /argument 'maybe' is invalid. Allowed choices are on, off, true, false/,
  });
});
