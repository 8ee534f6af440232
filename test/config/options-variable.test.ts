import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/config/config.ts";
import { parseOptions } from "../../src/config/options-variable.ts";
import { configOf, configOfOptions } from "./config-of.ts";

const understood: readonly [string, unknown][] = [
  ["", {}],
  [" \n ", {}],
  ["a=1", { a: 1 }],
  ["a.b.c=value", { a: { b: { c: "value" } } }],
  [" a=1\tb=2\n", { a: 1, b: 2 }],
  ["a.x=1\n a.y=true  a.z=", { a: { x: 1, y: true, z: null } }],
  ["a=[1,2.5,x]", { a: [1, 2.5, "x"] }],
  ["a={b:c}", { a: { "b:c": null } }],
  ['a="two words"', { a: "two words" }],
  ['a="5"', { a: "5" }],
  ["a=b=c", { a: "b=c" }],
  ["a=::1", { a: "::1" }],
  ["a-b.c_d=1", { "a-b": { c_d: 1 } }],
  ['r."nvidia.com/gpu"[0]=0 r."nvidia.com/gpu"[1]=2', { r: { "nvidia.com/gpu": [0, 2] } }],
  ['"a b"."c=d"=1', { "a b": { "c=d": 1 } }],
  ["a[1]=y a[0]=x", { a: ["x", "y"] }],
  ["a[0][1]=2 a[0][0]=1", { a: [[1, 2]] }],
  ["a[0].b=1 a[0].c=2", { a: [{ b: 1, c: 2 }] }],
  ["a=1 a=2", { a: 2 }],
  [`a[999]=1 ${Array.from({ length: 999 }, (_, at) => `a[${at}]=1`).join(" ")}`, undefined],
];
for (const [text, wanted] of understood) {
  test(`parseOptions() understands ${JSON.stringify(text).slice(0, 60)}`, () => {
    const given = parseOptions(text);
    assert.deepEqual(given, wanted ?? { a: Array(1_000).fill(1) });
  });
}

const wrong: readonly [string, RegExp][] = [
  ["a", /^"a" is no setting: write a\.b\.c=value, with double quotes around what has spaces$/],
  ["a=[1, 2]", /^The value of a cannot be used\. It is not YAML: /],
  ["a=1 b", /^"b" is no setting/],
  ["=1", /^"=1" is no setting/],
  ['a="b', /^A double quote in it is not closed$/],
  ["a..b=1", /^"a\.\.b" is no key: write a\.b\.c or a\.list\[0\], with double quotes around/],
  [".a=1", /^"\.a" is no key/],
  ["a.=1", /^"a\." is no key/],
  ["a[x]=1", /^"a\[x\]" is no key/],
  ["a[-1]=1", /^"a\[-1\]" is no key/],
  ["a[0=1", /^"a\[0" is no key/],
  ['a"b"=1', /is no key/],
  ["a[1000]=1", /^"a\[1000\]" has an index above 999$/],
  ["a[99999999999999999999]=1", /has an index above 999$/],
  ["a[1]=1", /^"a\[0\]" is missing: a list has no gaps$/],
  ["a.b[0]=1 a.b[2]=1", /^"a\.b\[1\]" is missing/],
  ["a[0]=1 a.b=2", /^"a" cannot be set: another setting says that it is of another kind$/],
  ["a=1 a.b=2", /^"a\.b" cannot be set/],
  ["a.b=2 a=1", /^"a" cannot be set/],
  [`${"a.".repeat(5_000)}b=1`, /^"a\.a\..*… has more than 16 parts$/],
  ["a=*b", /^The value of a cannot be used\. It is not YAML: /],
  ["a=!!binary", /^The value of a cannot be used\. It is not YAML: Unresolved tag/],
];
for (const [text, message] of wrong) {
  test(`parseOptions() refuses ${JSON.stringify(text).slice(0, 60)}`, () => {
    assert.throws(() => parseOptions(text), { name: "Error", message });
  });
}

test("parseOptions() makes own properties of every name", () => {
  const options = parseOptions("__proto__.polluted=1 a.constructor.prototype.polluted=1");
  assert.equal(
    JSON.stringify(options),
    '{"__proto__":{"polluted":1},"a":{"constructor":{"prototype":{"polluted":1}}}}',
  );
  assert.equal("polluted" in {}, false);
  assert.throws(() => configOfOptions("__proto__.x=1"), /There is no key "__proto__"/);
});

test("parseConfig() takes the variable before the file, Ekiben's before BentoML's", () => {
  const file = "api_server: { http: { port: 1, host: file } }";
  const ports = (environment: Readonly<Record<string, string>>): unknown =>
    configOf(file, environment).apiServer.http;
  const [ekiben, bentoml] = ["EKIBEN_CONFIG_OPTIONS", "BENTOML_CONFIG_OPTIONS"];
  assert.deepEqual(ports({}), { port: 1, host: "file" });
  assert.deepEqual(ports({ [bentoml]: "api_server.http.port=2" }), { port: 2, host: "file" });
  assert.deepEqual(ports({ [bentoml]: "api_server.port=2" }), { port: 2, host: "file" });
  const both = { [bentoml]: "api_server.http.host=b", [ekiben]: "api_server.http.port=3" };
  assert.deepEqual(ports(both), { port: 3, host: "file" });
  assert.deepEqual(ports({ ...both, [ekiben]: "" }), { port: 1, host: "file" });
});

test("parseConfig() names the variable that is wrong, and not the file", () => {
  const file = { name: "c.yaml", text: "api_server: { metrics: { duration: { buckets: [1] } } }" };
  for (const [options, message] of [
    ["api_server.http.prt=1", 'There is no key "api_server.http.prt": did you mean "port"?'],
    [
      "api_server",
      '"api_server" is no setting: write a.b.c=value, with double quotes around what has spaces',
    ],
    ["monitoring.enabled=x", '"monitoring" is BentoML\'s, and not supported by Ekiben'],
    ["api_server.http=5", '"api_server.http" must be a mapping of keys, but was 5'],
  ] as const) {
    for (const name of ["EKIBEN_CONFIG_OPTIONS", "BENTOML_CONFIG_OPTIONS"]) {
      assert.throws(() => parseConfig({ file, environment: { [name]: options } }), {
        message: `Cannot use ${name}: ${message}`,
      });
    }
  }
});
