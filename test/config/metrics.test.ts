import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf, configOfOptions } from "./config-of.ts";

const understood: readonly [string, object][] = [
  ["{ enabled: false }", { enabled: false }],
  ["{ namespace: my_server }", { namespace: "my_server" }],
  ["{ duration: }", {}],
  ["{ duration: { buckets: [0.1, 1, 5] } }", { duration: { buckets: [0.1, 1, 5] } }],
  ["{ duration: { buckets: [1, .inf] } }", { duration: { buckets: [1] } }],
  ["{ duration: { buckets: [1, +.Inf] } }", { duration: { buckets: [1] } }],
  ["{ native_histograms: false }", { nativeHistograms: false }],
  ["{ native_histograms: true }", { nativeHistograms: true }],
  ["{ duration: { buckets: [5] } }", { duration: { buckets: [5] } }],
  [
    "{ duration: { min: 0.1, max: 5.0, factor: 2.0 } }",
    { duration: { min: 0.1, max: 5, factor: 2 } },
  ],
  // BentoML's schema wants 1.0.
  ["{ duration: { min: 1, max: 9, factor: 3 } }", { duration: { min: 1, max: 9, factor: 3 } }],
  [
    "{ duration: { buckets: [1, 2], min: 0.1, max: 5, factor: 2 } }",
    { duration: { min: 0.1, max: 5, factor: 2 } },
  ],
  [
    "{ duration: { buckets: [1, 2], min: null, max: null, factor: null } }",
    { duration: { buckets: [1, 2] } },
  ],
];
for (const [text, wanted] of understood) {
  test(`parseConfig() understands api_server.metrics: ${text}`, () => {
    assert.deepEqual(configOf(`api_server: { metrics: ${text} }`).apiServer.metrics, {
      enabled: true,
      namespace: "bentoml_api_server",
      duration: undefined,
      ...wanted,
    });
  });
}

test("parseConfig() takes the duration's settings from the file and the variable together", () => {
  const file = "api_server: { metrics: { duration: { buckets: [1, 2] } } }";
  const { metrics } = configOf(file, {
    EKIBEN_CONFIG_OPTIONS:
      "api_server.metrics.duration.min=0.5 api_server.metrics.duration.max=8 " +
      "api_server.metrics.duration.factor=2",
  }).apiServer;
  assert.deepEqual(metrics.duration, { min: 0.5, max: 8, factor: 2 });
});

test("parseConfig() takes a list from the variable instead of the file's", () => {
  const file = "api_server: { metrics: { duration: { buckets: [1, 2, 3] } } }";
  const key = "api_server.metrics.duration.buckets";
  for (const options of [`${key}[1]=5 ${key}[0]=4`, `${key}=[4,5]`]) {
    const { metrics } = configOf(file, { EKIBEN_CONFIG_OPTIONS: options }).apiServer;
    assert.deepEqual(metrics.duration, { buckets: [4, 5] }, options);
  }
  // In quotes it is a text, as in YAML.
  assert.throws(() => configOfOptions(`${key}="[4, 5]"`), /but was "\[4, 5\]"$/);
});

const wrong: readonly [string, RegExp][] = [
  ["{ enabled: yes }", /"api_server\.metrics\.enabled" must be true or false, but was "yes"$/],
  ["{ namespace: 5 }", /namespace" must be letters, digits, "_" and ":", with .*, but was 5$/],
  ["{ namespace: 5a }", /, but was "5a"$/],
  ["{ namespace: a-b }", /, but was "a-b"$/],
  ["{ namespace: '' }", /, but was ""$/],
  ["{ duration: { buckets: [] } }", /buckets" must be a list of at most 1000 rising numbers, /],
  ["{ duration: { buckets: 5 } }", /buckets" must be a list .*, but was 5$/],
  ["{ duration: { buckets: [1, 1] } }", /buckets" must be a list .*, but was \[1,1\]$/],
  ["{ duration: { buckets: [2, 1] } }", /buckets" must be a list .*, but was \[2,1\]$/],
  [
    "{ duration: { buckets: [.inf] } }",
    /buckets" must be a list .*, the last of which may be \.inf, but was/,
  ],
  ["{ duration: { buckets: [.inf, 1] } }", /buckets" must be a list .*\.inf, but was/],
  ["{ duration: { buckets: [1, .inf, .inf] } }", /buckets" must be a list .*\.inf, but was/],
  ["{ duration: { buckets: [1, .nan] } }", /buckets" must be a list .*\.inf, but was/],
  ["{ native_histograms: off }", /native_histograms" must be true or false, but was "off"$/],
  ["{ duration: { buckets: [1, a] } }", /buckets" must be a list .*, but was \[1,"a"\]$/],
  ["{ duration: { min: 0, max: 5, factor: 2 } }", /min" must be a number above 0, but was 0$/],
  ["{ duration: { min: 2, max: 2, factor: 2 } }", /max" must be a number above 2, but was 2$/],
  ["{ duration: { min: 1, max: 5, factor: 1 } }", /factor" must be a number above 1, but was 1$/],
  ["{ duration: { min: 1, max: 5, factor: a } }", /factor" must be a number above 1, but was "a"$/],
  ["{ duration: { factors: 2 } }", /no key "api_server\.metrics\.duration\.factors": did you mean/],
  [
    "{ duration: { min: 1 } }",
    /"api_server\.metrics\.duration" has no max and no factor: give "min", "max" and "factor", or/,
  ],
  ["{ duration: { min: 1, factor: 2, buckets: [1] } }", /duration" has no max: give "min", "max"/],
];
for (const [text, message] of wrong) {
  test(`parseConfig() refuses api_server.metrics: ${text}`, () => {
    assert.throws(() => configOf(`api_server: { metrics: ${text} }`), { message });
  });
}

test("parseConfig() bounds a list of buckets", () => {
  const buckets = (count: number): string =>
    `api_server.metrics.duration.buckets=[${Array.from({ length: count }, (_, at) => at)}]`;
  const { duration } = configOfOptions(buckets(1_000)).apiServer.metrics;
  assert.ok(duration !== undefined && "buckets" in duration);
  assert.equal(duration.buckets.length, 1_000);
  assert.throws(() => configOfOptions(buckets(1_001)), /at most 1000 rising numbers/);
});
