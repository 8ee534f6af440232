// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration
/** The JSON Schema of the configuration, held together with the code that reads the file. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";
import { RENAMED_API_SERVER_KEYS, RENAMED_RUNNER_KEYS } from "../../src/bentoml/config-keys.ts";
import { parseConfig } from "../../src/config/config.ts";
import { CONFIG_SCHEMA, configSchemaText } from "../../src/config/schema/schema.ts";
import { about, type JsonSchema, sentences } from "../../src/config/schema/values.ts";
import { parseYaml } from "../../src/config/yaml-text.ts";
import { codeIn, configKeys, tablesIn } from "../project/options.ts";
import { root } from "../support/runtimes.ts";

// The keyword is for editors.
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false });
ajv.addVocabulary(["deprecationMessage"]);
const isValid = ajv.compile(CONFIG_SCHEMA);

/** The schemas of all settings by their keys, dotted; a strategy is one by its parts. */
function settingsOf(schema: JsonSchema, path: readonly string[] = []): [string, JsonSchema][] {
  const alternatives = (schema["anyOf"] ?? []) as readonly JsonSchema[];
  const below = [schema, ...alternatives].flatMap((each) =>
    Object.entries((each["properties"] ?? {}) as Record<string, JsonSchema>),
  );
  if (below.length === 0) return [[path.join("."), schema]];
  return below.flatMap(([key, each]) => settingsOf(each, [...path, key]));
}

const settings = settingsOf(CONFIG_SCHEMA);
const oldNames = [
  ...RENAMED_API_SERVER_KEYS.map(([key]) => `api_server.${key}`),
  ...RENAMED_RUNNER_KEYS.map(([key]) => `runners.${key}`),
  "api_server.http.cors.access_control_allow_origin",
];

/** Without the keys of an old name, of which `cors` is a section. */
const current = settings.filter(
  ([key]) => !oldNames.some((old) => key === old || key.startsWith(`${old}.`)),
);

test("the schema has every key that the configuration knows, and no other", () => {
  const known = [
    "version",
    ...configKeys("api_server"),
    ...configKeys("runners.a_runner").map((key) => key.replace("a_runner.", "")),
  ];
  // The reader of resources says why it refuses a GPU.
  const keys = current.map(([key]) => key).filter((key) => !key.endsWith("nvidia.com/gpu"));
  assert.deepEqual(keys.sort(), known.sort());
});

test("the schema says of each key what docs/configuration.md says", () => {
  const described = new Map(current.map(([key, { description }]) => [key, description]));
  for (const { header, rows } of tablesIn("docs/configuration.md")) {
    const [file, otherwise] = [header.indexOf("file"), header.indexOf("default")];
    for (const cells of file < 0 ? [] : rows) {
      const what = plain(cells[0] ?? "");
      const wanted = sentences(about(what, otherwise < 0 ? "" : plain(cells[otherwise] ?? "")));
      for (const key of codeIn(cells[file] ?? "")) {
        if (OWN_WORDS.includes(key)) continue;
        assert.equal(described.get(key), wanted, key);
      }
    }
  }
});

/** The keys of which the page says more, or of a whole section. */
const OWN_WORDS = ["api_server.http.host", "runners.resources.cpu"];

/** Returns a text without its marks: the words of links, and of code. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "");
}

test("config.schema.json is the schema", () => {
  const committed = readFileSync(new URL("config.schema.json", root), "utf8");
  const advice = "write it again: ekiben config --schema > config.schema.json";
  assert.ok(committed === configSchemaText(), advice);
});

/** Returns true if the configuration can be read. */
function isRead(text: string): boolean {
  try {
    parseConfig({ file: { name: "c.yaml", text }, environment: { NAME: "1" } });
    return true;
  } catch {
    return false;
  }
}

function nested(key: string, value: unknown): unknown {
  return key.split(".").reduceRight((inside, part) => ({ [part]: inside }), value);
}

test("the defaults in the schema are valid", () => {
  const defaults = current.filter(([, schema]) => "default" in schema);
  assert.ok(defaults.length > 20);
  for (const [key, schema] of defaults) {
    const { default: value } = schema;
    const configuration = nested(key, value);
    if (/runners\.logging|strategy\.name/.test(key)) continue;
    assert.ok(isValid(configuration), `${key} by the schema: ${JSON.stringify(value)}`);
    assert.ok(isRead(JSON.stringify(configuration)), `${key} by the reader`);
  }
});

/** Values of keys: those that are valid, and those that are not. */
const VALUES: Readonly<
  Record<string, readonly [valid: readonly string[], wrong: readonly string[]]>
> = {
  version: [
    ["1", "null"],
    ["2", '"1"', "[]"],
  ],
  "api_server.http.host": [
    ["a.org", '"0"', "null"],
    ["5", '""', "true", "[a]"],
  ],
  "api_server.http.port": [
    ["0", "65535", "5.0", '"${NAME}"'],
    ["-1", "65536", "1.5", '"1"'],
  ],
  "api_server.http.cors": [
    [
      "{ enabled: false }",
      '{ enabled: true, access_control_allow_origins: "*" }',
      "{ enabled: true, access_control_allow_origin: [a, b] }",
      '{ enabled: true, access_control_allow_origin_regex: ".*" }',
    ],
    ["{ enabled: true }", "{ access_control_allow_origins: [1] }", '{ enabled: "yes" }'],
  ],
  "api_server.http.cors.access_control_max_age": [["0"], ["-1", "0.5"]],
  "api_server.traffic.timeout": [
    ["0.5", "60", "2147483"],
    ["0", "-1", "2147484", "1s"],
  ],
  "api_server.timeout": [["60"], ["0", "{}"]],
  "api_server.traffic.drain_lead": [
    ["0", "1.5"],
    ["-1", "soon"],
  ],
  "api_server.traffic.max_concurrency": [["1"], ["0", "many"]],
  "api_server.traffic.max_held_bytes": [
    ["1", "9007199254740991"],
    ["0", "1e16"],
  ],
  "api_server.traffic.concurrency": [[], ["1"]],
  "api_server.metrics": [
    ["{}", "null", "{ enabled: false }"],
    ["[]", "true", "{ enable: true }"],
  ],
  "api_server.metrics.namespace": [
    ["a_1:b", '"a${NAME}"'],
    ["1a", "a-b", '""'],
  ],
  "api_server.metrics.duration": [
    [
      "{ min: 0.1, max: 5, factor: 2 }",
      "{ buckets: [0.1, 1] }",
      "{ buckets: [1], min: 0.1, max: 5, factor: 2 }",
    ],
    ["{ min: 0.1 }", "{ min: 0, max: 5, factor: 2 }", "{ min: 0.1, max: 5, factor: 1 }"],
  ],
  "api_server.metrics.duration.buckets": [["[-1, 0, 1]"], ["[]", "[a]", "1"]],
  "api_server.grpc.max_message_length": [
    ["1", "-1", "2147483647"],
    ["0", "-2", "2147483648"],
  ],
  "api_server.grpc.max_concurrent_streams": [["4294967295"], ["0", "4294967296"]],
  "api_server.grpc.channelz.enabled": [["false"], ["true"]],
  "api_server.grpc.reflection": [["{ enabled: false }"], ["false"]],
  "api_server.ssl": [["{}", "{ certfile: a, version: 17, cert_reqs: 0 }"], ["{ certfile: 5 }"]],
  "api_server.ssl.version": [
    ["17", "2", "5"],
    ["16", '"17"'],
  ],
  "api_server.ssl.keyfile_password": [["word"], ["5", '""']],
  "api_server.on_uncaught": [
    ["drain", "continue"],
    ["stop", "true"],
  ],
  "api_server.logging.access.sample": [
    ["0", "0.5", "1"],
    ["1.1", "-0.1"],
  ],
  "api_server.logging.access.skip_paths": [
    ["[/a, /b]", "[]"],
    ["/a", "[1]"],
  ],
  "api_server.logging.access.format.trace_id": [["032x"], ["016x"]],
  "api_server.workers": [["1"], ["0", "auto"]],
  "api_server.backlog": [[], ["2048"]],
  tracing: [[], ["{}"]],
  runners: [
    ["{ timeout: 5 }", "{ timeout: { workers: 2 } }", "{ mnist: null }", "{ mnist: {} }"],
    ["{ mnist: 5 }", "{ mnist: { worker: 1 } }", "{ timeout: 5, traffic: { timeout: 6 } }"],
  ],
  "runners.workers": [
    ["auto", "1"],
    ["0", "1.5", "all"],
  ],
  "runners.mnist.threads": [["2"], ["0", "auto"]],
  "runners.mnist.backend": [
    ["webgpu", "auto"],
    ["natve", "1"],
  ],
  "runners.mnist.timeout": [["5"], ["-5"]],
  "runners.isolation": [["inline", "process"], ["thread"]],
  "runners.max_memory_mb": [["512"], ["0"]],
  "runners.resources": [
    ["system", "{ cpu: 2 }", "{ cpu: 500m }", '{ cpu: "1.5", nvidia.com/gpu: 0 }', "{}"],
    ["all", "{ cpu: 0 }", "{ cpu: two }", "{ nvidia.com/gpu: 1 }", "{ gpu: 1 }"],
  ],
  "runners.workers_per_resource": [["0.5"], ["0"]],
  "runners.batching.max_batch_size": [["1"], ["0", "2.5"]],
  "runners.batching.max_batch_weight": [["0.5"], ["0"]],
  "runners.batching.max_latency_ms": [["0"], ["-1"]],
  "runners.batching.enabled": [["true"], ["1", "on"]],
  "runners.batching.strategy": [
    [
      "adaptive",
      "off",
      "null",
      "{ name: off }",
      "{ name: fixed_window, wait_ms: 5 }",
      "{ name: target_latency, latency_ms: 0 }",
    ],
    [
      "fixed_window",
      "eager",
      "{}",
      "{ wait_ms: 5 }",
      "{ name: fixed_window }",
      "{ name: fixed_window, latency_ms: 5 }",
      "{ name: fixed_window, wait_ms: -1 }",
      "{ name: adaptive, wait_ms: 5 }",
    ],
  ],
  "runners.logging.access": [["{ enabled: false, sample: 1 }"], ["{ enabled: 5 }"]],
};

for (const [key, [valid, wrong]] of Object.entries(VALUES)) {
  test(`the schema and the reader agree on values of ${key}`, () => {
    for (const text of [...valid, ...wrong]) {
      const isWanted = valid.includes(text);
      const yaml = key.split(".").reduceRight((inside, part) => `{ ${part}: ${inside} }`, text);
      assert.equal(isRead(yaml), isWanted, `the reader: ${yaml}`);
      const read = isValid(parseYaml(yaml));
      assert.equal(read, isWanted, `the schema: ${yaml} ${ajv.errorsText(isValid.errors)}`);
    }
  });
}

test("what only the reader can check is valid by the schema", () => {
  for (const [key, value] of [
    ["api_server.metrics.duration", "{ buckets: [2, 1] }"],
    ["api_server.metrics.duration", "{ min: 5, max: 1, factor: 2 }"],
    ["api_server.http.port", '"${MISSING}"'],
  ] as const) {
    const yaml = key.split(".").reduceRight((inside, part) => `{ ${part}: ${inside} }`, value);
    assert.equal(isRead(yaml), false, yaml);
    assert.equal(isValid(parseYaml(yaml)), true, yaml);
  }
});
