import assert from "node:assert/strict";
import { test } from "node:test";
import { api, json, runner, service, text } from "../../src/index.ts";
import { type Random, seededRandom } from "../../src/random.ts";
import type { BatchChoice } from "../../src/repository/batch-choice.ts";
import model, { type ModelDescription } from "../../src/repository/model-runnable.ts";
import { modelService } from "../../src/repository/model-service.ts";
import { once, onceMemory } from "../../src/repository/once.ts";
import { serveWith } from "../../src/runtime/serve.ts";
import type { ServeOptions } from "../../src/runtime/serve-options.ts";
import { configOf } from "../config/config-of.ts";
import { modelUrl } from "../onnx/models/index.ts";
import { fetch } from "../support/fetch.ts";
import { SEED } from "../support/random.ts";
import { silenced } from "../support/silenced.ts";

/** Batches that wait for other calls, so that those that can be joined are. */
const config = configOf(
  "runners: { batching: { strategy: { name: fixed_window, wait_ms: 20 }, max_batch_size: 40 } }",
);

async function served(
  name: string,
  backend: NonNullable<ServeOptions["backend"]>,
  choice: BatchChoice = "auto",
) {
  const alone = modelService(modelUrl(name), () => ({ choice, overridesOff: false }));
  const where = { port: 0, host: "127.0.0.1", grpcPort: false } as const;
  return await serveWith(alone, { ...where, backend }, { config });
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The calls that were in its batch; 0 where it was in none. */
  readonly joined: number;
}

async function post(url: string, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "ekiben-explain": "1" },
    body: JSON.stringify(body),
  });
  const [, joined = "0"] =
    /requests=(\d+)/.exec(response.headers.get("ekiben-explain") ?? "") ?? [];
  const text = await response.text();
  const { request_id: _, ...content } = JSON.parse(text) as Record<string, unknown>;
  return { status: response.status, body: content, joined: Number(joined) };
}

async function describe(url: string): Promise<ModelDescription> {
  const response = await fetch(`${url}/describe`, { method: "POST" });
  return (await response.json()) as ModelDescription;
}

function numbers(random: Random, ...shape: readonly number[]): unknown {
  const [length, ...inner] = shape;
  if (length === undefined) return Math.round((random() * 4 - 2) * 1000) / 1000;
  return Array.from({ length }, () => numbers(random, ...inner));
}

function tokens(random: Random, rows: number, length: number, limit: number): number[][] {
  return Array.from({ length: rows }, () =>
    Array.from({ length }, () => Math.floor(random() * limit)),
  );
}

const some = (random: Random): number => 1 + Math.floor(random() * 4);

/** Models, the body of a call of each, and whether calls are joined. */
const models: readonly [string, isJoined: boolean, (random: Random) => object][] = [
  ["softmax0", false, (random) => ({ x: numbers(random, some(random)) })],
  ["cumsum_seq", false, (random) => ({ x: numbers(random, some(random), 3) })],
  ["pointseg", false, (random) => ({ x: numbers(random, some(random), 3) })],
  ["int8", false, (random) => ({ x: numbers(random, some(random), 2) })],
  ["nonzero", false, (random) => ({ x: numbers(random, some(random), 4) })],
  [
    "two_rules",
    false,
    (random) => ({ x: numbers(random, some(random), 2), w: numbers(random, 2, 2) }),
  ],
  [
    "two_inputs_unrelated",
    false,
    (random) => ({ x: numbers(random, some(random), 2), w: numbers(random, some(random), 2) }),
  ],
  ["time_batch_cumsum", true, (random) => ({ x: numbers(random, some(random), some(random), 3) })],
  [
    "batch_scalar",
    true,
    (random) => ({ x: numbers(random, some(random), 2), s: random() < 0.5 ? 2 : -3 }),
  ],
  [
    "mixed_axes",
    true,
    (random) => {
      const rows = some(random);
      return { x: numbers(random, 3, rows), y: numbers(random, rows, 2), w: [1, 2, 3, 4], s: 2 };
    },
  ],
  [
    "bertlike",
    true,
    (random) => {
      const [rows, length] = [some(random), some(random)];
      return {
        input_ids: tokens(random, rows, length, 5),
        attention_mask: tokens(random, rows, length, 2),
      };
    },
  ],
  ["conv", true, (random) => ({ x: numbers(random, some(random), 3, 5, 4 + some(random)) })],
  ["skl_rf_strlabels_nozip", true, (random) => ({ X: numbers(random, some(random), 4) })],
  [
    "gather",
    true,
    // An index that is out of range fails its own call, and no other.
    (random) => ({ i: Array.from({ length: some(random) }, () => (random() < 0.1 ? 99 : 1)) }),
  ],
];

/** On the other backend, one model of each kind. */
const ON_WASM = ["softmax0", "int8", "batch_scalar", "conv"];

for (const backend of ["native", "wasm"] as const) {
  for (const [name, isJoined, bodyOf] of models) {
    if (backend === "wasm" && !ON_WASM.includes(name)) continue;
    test(`ekiben serve ${name}.onnx on ${backend} answers as alone, seed ${SEED}`, async () => {
      using logged = silenced();
      await using server = await served(name, backend);
      const { batching, inputs } = await describe(server.url);
      assert.equal(batching.enabled, isJoined, batching.reason);
      assert.ok(inputs.length > 0);
      const lines = logged.text.match(/Model .*: calls (are batched|run one by one): .*/g) ?? [];
      assert.equal(lines.length, 1, logged.text);
      assert.ok(lines[0]?.includes(isJoined ? "are batched" : "run one by one"));

      const random = seededRandom(SEED);
      const url = `${server.url}/predict`;
      const bodies = Array.from({ length: 20 }, () => bodyOf(random));
      const expected: Answer[] = [];
      for (const body of bodies) expected.push(await post(url, body));
      let most = 0;
      let calls = 0;
      const client = async (): Promise<void> => {
        while (calls < 200) {
          calls += 1;
          const at = Math.floor(random() * bodies.length);
          const answer = await post(url, bodies[at]);
          assertSame(answer, expected[at]);
          most = Math.max(most, answer.joined);
        }
      };
      await Promise.all(Array.from({ length: 32 }, client));
      if (isJoined) assert.ok(most > 1, "calls were joined");
      else assert.equal(most, 0);
    });
  }
}

function assertSame(actual: Answer, expected: Answer | undefined): void {
  assert.equal(actual.status, expected?.status, JSON.stringify(actual.body));
  if (actual.status !== 200) assert.equal(actual.status, 422);
  compare(actual.body, expected?.body, "body");
}

function compare(actual: unknown, expected: unknown, at: string): void {
  if (typeof actual === "number" && typeof expected === "number") {
    const allowed = 1e-5 * Math.max(1, Math.abs(expected));
    assert.ok(Math.abs(actual - expected) <= allowed, `${at}: ${actual} is not ${expected}`);
  } else if (typeof actual === "object" && actual !== null) {
    assert.deepEqual(Object.keys(actual), Object.keys(expected as object), at);
    for (const [key, value] of Object.entries(actual)) {
      compare(value, (expected as Record<string, unknown>)[key], `${at}.${key}`);
    }
  } else {
    assert.equal(actual, expected, at);
  }
}

test("ekiben serve --batch off and on replace the trial", async () => {
  using _ = silenced();
  for (const [name, choice, enabled, reason] of [
    ["unnamed", "off", false, "batching is switched off"],
    ["int8", "on", true, "batching is switched on"],
    ["fixed1", "on", false, "batching is switched on, but no first axis of an input is open"],
  ] as const) {
    await using server = await served(name, "native", choice);
    const { rowAxes, ...batching } = (await describe(server.url)).batching;
    assert.deepEqual(batching, { enabled, reason });
    assert.deepEqual(rowAxes, enabled ? { input: { x: 0 }, output: { y: 0 } } : undefined);
    const answer = await post(`${server.url}/predict`, { x: [[1, 2]] });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.joined > 0, enabled);
  }
});

/** Odd models that are served, a body, and the right answer. */
const odd: readonly [string, object, object][] = [
  ["softmax0", { x: [-1.57, -0.02, -0.8] }, { y: [0.127045, 0.598568, 0.274387] }],
  ["noshape", { x: [[1, 2]] }, { y: [[2, 4]] }],
  ["none-shape", { x: 5 }, { y: 10 }],
  ["fixed1", { x: [[1, 2]] }, { y: [[2, 4]] }],
  ["scalar", { x: 3 }, { y: 6 }],
  ["skl_zipmap", { X: [[5.1, 3.5, 1.4, 0.2]] }, { output_label: [0] }],
];

test("ekiben serve answers unusual models correctly", async () => {
  using _ = silenced();
  for (const [name, body, expected] of odd) {
    await using server = await served(name, "wasm");
    const answer = await post(`${server.url}/predict`, body);
    assert.equal(answer.status, 200, `${name}: ${JSON.stringify(answer.body)}`);
    compare(answer.body, expected, name);
  }
});

test("ekiben serve answers a call whose inputs differ in rows as the model does", async () => {
  using _ = silenced();
  await using server = await served("pair_unnamed", "native");
  assert.ok((await describe(server.url)).batching.enabled);
  const b = [[1, 0, 0, 2]];
  const wide = await post(`${server.url}/predict`, { a: [b[0], [1, 2, 3, 4], b[0]], b });
  assert.deepEqual(wide, { status: 200, body: { y: [5, 9, 5] }, joined: 0 });
  const wrong = await post(`${server.url}/predict`, { a: [b[0], b[0], b[0]], b: [b[0], b[0]] });
  assert.equal(wrong.status, 422, JSON.stringify(wrong.body));
  const scalar = await post(`${server.url}/predict`, { a: 1, b });
  assert.match(JSON.stringify(scalar.body), /must be float32 \[\?, 4\], but was float32 \[\]/);
});

test("ekiben serve answers 422 for an input, and 500 for a model, that fails", async () => {
  using _ = silenced();
  await using gather = await served("gather", "native");
  const { status, body } = await post(`${gather.url}/predict`, { i: [99] });
  assert.equal(status, 422);
  assert.match(JSON.stringify(body), /indices element out of data bounds, idx=99/);
  await using broken = await served("always_fails", "native");
  assert.equal((await post(`${broken.url}/predict`, { x: [[1, 2, 3]] })).status, 500);
});

test("ekiben serve tries a model once for all workers, which answer alike", async () => {
  using logged = silenced();
  const verdict = onceMemory();
  const params = { url: modelUrl("always_fails").href, batch: "auto", verdict } as const;
  const pool = runner(model, { name: "three", workers: 3, params });
  const apis = {
    describe: api({ input: text(), output: json<ModelDescription>() }, () =>
      pool.describe(undefined),
    ),
  };
  const options = { port: 0, host: "127.0.0.1", grpcPort: false, backend: "wasm" } as const;
  await using server = await serveWith(service("three", { runners: [pool], apis }), options, {});
  const all = await Promise.all(Array.from({ length: 9 }, () => describe(server.url)));
  const { batching } = all[0] ?? (await describe(server.url));
  for (const each of all) assert.deepEqual(each.batching, batching);
  const { inputs, outputs } = await describe(server.url);
  const { predict, predictAlone } = pool.specs;
  assert.deepEqual([predict, predictAlone?.input], [predictAlone, inputs]);
  assert.deepEqual(predictAlone?.output, outputs);
  assert.match(batching.reason, /^it failed on random inputs/);
  const known = { rowAxes: undefined, reason: batching.reason };
  const shared = await once(verdict, () => assert.fail("nobody left a verdict"), 0);
  assert.deepEqual({ ...known, ...(shared as object) }, known);
  assert.equal(logged.text.match(/could not be warmed up/g)?.length, 1, logged.text);
});
