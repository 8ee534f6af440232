import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf, configOfOptions } from "./config-of.ts";

const none = { workers: undefined, threads: undefined, cores: undefined };

/** The settings of the runner `mnist` by the text of `runners`. */
const READ: readonly (readonly [text: string, settings: Readonly<Record<string, unknown>>])[] = [
  ["{}", { ...none, sharesThreads: true, backend: undefined, workersPerCore: undefined }],
  ["{ workers: 2, threads: 3 }", { workers: 2, threads: 3, sharesThreads: true }],
  ["{ workers: auto }", { workers: "auto" }],
  ["{ workers: 2, mnist: { workers: auto } }", { workers: "auto" }],
  ["{ workers: 2, mnist: { workers: null } }", { workers: 2 }],
  ["{ threads: 3, mnist: { threads: 2 } }", { threads: 2, sharesThreads: false }],
  ["{ threads: 3, mnist: {} }", { threads: 3, sharesThreads: true }],
  ["{ backend: wasm, mnist: { backend: native } }", { backend: "native" }],
  ["{ resources: system }", { cores: "all" }],
  ["{ resources: { cpu: 2 }, workers_per_resource: 0.5 }", { cores: 2, workersPerCore: 0.5 }],
  ['{ resources: { cpu: "500m", "nvidia.com/gpu": 0 } }', { cores: 0.5 }],
  ['{ resources: { cpu: "3.5" } }', { cores: 3.5 }],
  ["{ resources: { cpu: null } }", { cores: undefined }],
  ["{ resources: system, mnist: { resources: { cpu: 4 } } }", { cores: 4 }],
];
for (const [text, settings] of READ) {
  test(`Config.runner() has the numbers of runners: ${text}`, () => {
    const runner = configOf(`runners: ${text}`).runner("mnist");
    for (const [key, value] of Object.entries(settings)) {
      assert.equal(runner[key as keyof typeof runner], value, key);
    }
  });
}

test("Config.runner() has the numbers of a variable", () => {
  const { workers, cores } = configOfOptions(
    'runners.mnist.workers=2 runners.mnist.resources."cpu"=1.5',
  ).runner("mnist");
  assert.deepEqual([workers, cores], [2, 1.5]);
});

const WRONG: readonly (readonly [text: string, message: RegExp])[] = [
  ["{ workers: 0 }", /"runners\.workers" must be auto or a whole number from 1 up, but was 0$/],
  ["{ mnist: { workers: many } }", /"runners\.mnist\.workers" must be auto or a whole number/],
  ["{ threads: auto }", /"runners\.threads" must be a whole number from 1 up, but was "auto"$/],
  ["{ backend: nativ }", /but was "nativ": did you mean "native"\?$/],
  ["{ backend: cuda }", /"runners\.backend" must be auto, native, wasm or webgpu, but was "cuda"$/],
  ["{ resources: all }", /"runners\.resources" must be system, or a mapping such as \{ cpu: 2 \}/],
  ["{ resources: { cpu: -1 } }", /"runners\.resources\.cpu" must be a number of cores above 0/],
  ["{ resources: { gpu: 1 } }", /There is no key "runners\.resources\.gpu": did you mean "cpu"\?$/],
  [
    '{ resources: { "nvidia.com/gpu": [0] } }',
    /"runners\.resources" asks for nvidia\.com\/gpu, .* write backend: webgpu/,
  ],
  ["{ workers_per_resource: 0 }", /"runners\.workers_per_resource" must be a number above 0/],
];
for (const [text, message] of WRONG) {
  test(`parseConfig() refuses the numbers of runners: ${text}`, () => {
    assert.throws(() => configOf(`runners: ${text}`), { message });
  });
}

test("parseConfig() takes the number of API processes, and says that it has no effect", () => {
  const { notes } = configOf("api_server: { workers: 4 }");
  assert.match(notes.join(), /^"api_server\.workers" has no effect: one process takes all calls/);
  assert.deepEqual(configOf("api_server: { workers: null }").notes, []);
  assert.throws(() => configOf("api_server: { workers: auto }"), /"api_server\.workers" must be a/);
});
