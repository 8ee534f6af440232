// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is tested
import assert from "node:assert/strict";
import { test } from "node:test";
import { expandVariables } from "../../src/config/expand.ts";
import { Expanded } from "../../src/config/expanded.ts";
import { configOf } from "./config-of.ts";

const environment = {
  PORT: "5000",
  NAME: "ekiben",
  EMPTY: "",
  LIST: "[1, 2]",
  BROKEN: "[1",
  _a1: "x",
};

const understood: readonly [string, unknown][] = [
  ["plain", "plain"],
  ["$NAME", "$NAME"],
  ["${NAME}", "ekiben"],
  ["${_a1}", "x"],
  ["a ${NAME} b ${PORT}", "a ekiben b 5000"],
  ["${NAME}${NAME}", "ekibenekiben"],
  ["${PORT}", new Expanded("5000", 5000)],
  ["-${PORT}.5", new Expanded("-5000.5", -5000.5)],
  ["${UNSET:-3000}", new Expanded("3000", 3000)],
  ["${UNSET:-true}", new Expanded("true", true)],
  ["${UNSET:-null}", new Expanded("null", null)],
  ["${NAME} #${PORT}", new Expanded("ekiben #5000", "ekiben")],
  ["${UNSET:-a:-b}", "a:-b"],
  ["${UNSET:-}", ""],
  ["${EMPTY}", ""],
  ["${EMPTY:-5}", new Expanded("5", 5)],
  ["${NAME:-5}", "ekiben"],
  // What is no scalar stays a text.
  ["${LIST}", "[1, 2]"],
  ["${BROKEN}", "[1"],
];
for (const [text, wanted] of understood) {
  test(`expandVariables() expands ${text}`, () => {
    assert.deepEqual(expandVariables(text, environment), wanted);
    assert.deepEqual(expandVariables({ a: [1, { b: text }] }, environment), {
      a: [1, { b: wanted }],
    });
  });
}

const wrong: readonly [string, string][] = [
  [
    "${MISSING}",
    "The environment variable MISSING is not set: set it, or write ${MISSING:-default}",
  ],
  [
    "a ${NAME} ${MISSING}",
    "The environment variable MISSING is not set: set it, or write ${MISSING:-default}",
  ],
  [
    "${constructor}",
    "The environment variable constructor is not set: set it, or write ${constructor:-default}",
  ],
  ["${}", 'Cannot read "${}": write ${NAME} or ${NAME:-default}'],
  ["${NAME", 'Cannot read "${NAME": write ${NAME} or ${NAME:-default}'],
  ["${NAME-x}", 'Cannot read "${NAME-x}": write ${NAME} or ${NAME:-default}'],
  ["${NAME:-${PORT}}", 'Cannot read "${NAME:-${PORT}": write ${NAME} or ${NAME:-default}'],
  ["${A B}", 'Cannot read "${A B}": write ${NAME} or ${NAME:-default}'],
];
for (const [text, message] of wrong) {
  test(`expandVariables() refuses ${text}`, () => {
    assert.throws(() => expandVariables(text, environment), { name: "Error", message });
  });
}

test("expandVariables() leaves keys, and its argument, as they are", () => {
  const given = { "${NAME}": "${NAME}" };
  assert.deepEqual(expandVariables(given, environment), { "${NAME}": "ekiben" });
  assert.deepEqual(given, { "${NAME}": "${NAME}" });
});

test("expandVariables() bounds depth, values and texts", () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  const circular: unknown[] = [];
  circular.push(circular);
  const wide = Array(9_999).fill(0);
  assert.deepEqual(expandVariables(nested(16), {}), nested(16));
  assert.deepEqual(expandVariables(wide, {}), wide);
  assert.equal(expandVariables("${A}", { A: "x".repeat(1_000) }), "x".repeat(1_000));
  for (const [value, message] of [
    [nested(17), /^It must be nested at most 16 levels deep$/],
    [circular, /^It must be nested at most 16 levels deep$/],
    [[...wide, 0], /^It must have at most 10000 values$/],
    [
      "x".repeat(1_001),
      /^A text in it must be at most 1000 characters, but one has 1001: "x{40}…"/,
    ],
    [{ ["k".repeat(1_001)]: 1 }, /^A text in it must be at most 1000 characters/],
    ["${A}${A}", /^A text in it must be at most 1000 characters, but one has 1200/],
  ] as const) {
    assert.throws(() => expandVariables(value, { A: "x".repeat(600) }), { message });
  }
});

/** A whole configuration, and its result, by the value of the variable V. */
const taken: readonly [string, string, object][] = [
  // A text, where one is wanted.
  ["ssl: { keyfile_password: '${V}' }", "12345", { ssl: { keyfilePassword: "12345" } }],
  ["ssl: { keyfile_password: '${V}' }", "a b #1: 'c'", { ssl: { keyfilePassword: "a b #1: 'c'" } }],
  ["ssl: { keyfile_password: 'a${V}' }", " # 'c", { ssl: { keyfilePassword: "a # 'c" } }],
  ["ssl: { keyfile_password: '${V}' }", "~", { ssl: { keyfilePassword: "~" } }],
  ["ssl: { certfile: '${V}' }", "2026", { ssl: { certfile: "2026" } }],
  ["http: { host: '${V}' }", "true", { http: { host: "true" } }],
  // What YAML reads, where something else is wanted.
  ["http: { port: '${V}' }", "80", { http: { port: 80 } }],
  ["http: { port: '${V}' }", "80 # the usual one", { http: { port: 80 } }],
  ["http: { port: '${V}' }", "null", { http: { port: 3000 } }],
  ["traffic: { timeout: '${V}' }", "0.5", { timeoutMs: 500 }],
  ["metrics: { enabled: '${V}' }", "false", { metrics: { enabled: false } }],
  ["ssl: { version: '${V}' }", "null", { ssl: undefined }],
  ["ssl: { version: '${V}', cert_reqs: 0 }", "5", { ssl: { version: 5 } }],
  [
    "metrics: { duration: { buckets: [1, '${V}'] } }",
    "2.5",
    { metrics: { duration: { buckets: [1, 2.5] } } },
  ],
];
for (const [text, V, wanted] of taken) {
  test(`parseConfig() takes ${V} for V in ${text}`, () => {
    const config = configOf(`version: "${"${ONE}"}"\napi_server: { ${text} }`, { V, ONE: "1" });
    assert.partialDeepStrictEqual(config.apiServer, wanted);
  });
}

const refused: readonly [string, string, RegExp][] = [
  [
    "http: { port: '${V}' }",
    "a",
    /"api_server\.http\.port" must be a whole number from 0 to 65535, but was "a"$/,
  ],
  [
    "http: { port: '${V}' }",
    "-1",
    /"api_server\.http\.port" must be a whole number from 0 to 65535, but was -1$/,
  ],
  [
    "traffic: { timeout: '${V}' }",
    ".inf",
    /"api_server\.traffic\.timeout" must be a number of seconds from .*, but was Infinity$/,
  ],
  ["http: '${V}'", "5", /"api_server\.http" must be a mapping of keys, but was 5$/],
  [
    "metrics: { namespace: '${V}' }",
    "5",
    /"api_server\.metrics\.namespace" must be letters, .*, but was 5$/,
  ],
];
for (const [text, V, message] of refused) {
  test(`parseConfig() refuses ${V} for V in ${text}`, () => {
    assert.throws(() => configOf(`api_server: { ${text} }`, { V }), { message });
  });
}

test("parseConfig() expands variables in a file, and in the options variable", () => {
  const file = `
api_server:
  http: { host: "\${HOST:-127.0.0.1}", port: "\${PORT}" }
  metrics:
    namespace: \${NAME}_api
`;
  const options = { EKIBEN_CONFIG_OPTIONS: "runners.metrics.namespace=${NAME}_runner" };
  const config = configOf(file, { ...environment, ...options });
  assert.deepEqual(config.apiServer.http, { host: "127.0.0.1", port: 5000 });
  assert.equal(config.apiServer.metrics.namespace, "ekiben_api");
  assert.equal(config.runner("any").metrics.namespace, "ekiben_runner");
  assert.throws(() => configOf(file, { NAME: "a" }), {
    message: /^Cannot use the configuration c\.yaml: The environment variable PORT is not set: /,
  });
  assert.throws(() => configOf("", options), {
    message: /^Cannot use EKIBEN_CONFIG_OPTIONS: The environment variable NAME is not set: /,
  });
});
