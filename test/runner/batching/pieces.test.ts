import assert from "node:assert/strict";
import { test } from "node:test";
import { batchSettings } from "../../../src/runner/batching/batch-options.ts";
import type { CallRecord } from "../../../src/runner/call-options.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";
import { seeded } from "../../support/random.ts";
import { bench, double, numbers, rows, settled } from "../fake-workers.ts";
import { finishAll, range } from "../queue/queued-calls.ts";
import { endAll, weighed } from "./weighed-calls.ts";

const NEVER = Number.POSITIVE_INFINITY;

test("Batcher runs the rows of a call with those of like weight of other calls", async () => {
  const fixture = weighed();
  const long = fixture.batcher.call(rows(50, 1, 51, 2, 1));
  const short = fixture.batcher.call(rows(1));
  const other = fixture.batcher.call(rows(50));
  await finishAll(fixture);
  const seen = fixture.workers.inputs.map((input) => numbers(input).sort());
  assert.deepEqual(seen, [
    [50, 50, 51],
    [1, 1, 1, 2],
  ]);
  assert.deepEqual([await long, await short, await other].map(numbers), [
    [100, 2, 102, 4, 2],
    [2],
    [100],
  ]);
});

test("Batcher answers any call in the order of its rows", async () => {
  await seeded(async (random) => {
    for (let round = 0; round < 40; round++) {
      const options = {
        maxBatchSize: 1 + random.below(12),
        maxBatchWeight: random.of([NEVER, 4, 60]),
        ...{ maxQueueRows: 1_000, maxLatencyMs: 1e9 },
      };
      const fixture = weighed(options, 1 + random.below(3));
      const values = range(1 + random.below(10)).map(() =>
        range(1 + random.below(30)).map(() => 1 + random.below(40) ** random.of([1, 2])),
      );
      const calls = values.map((each) => fixture.batcher.call(rows(...each)));
      await endAll(fixture);
      const answers = (await Promise.all(calls)).map(numbers);
      assert.deepEqual(
        answers,
        values.map((each) => each.map((value) => 2 * value)),
      );
      for (const input of fixture.workers.inputs.map(numbers)) {
        const units = input.length * Math.max(...input);
        assert.ok(input.length <= options.maxBatchSize);
        assert.ok(input.length === 1 || units <= options.maxBatchWeight, `${input}`);
      }
    }
  });
});

test("Batcher bounds the weight of batches while it looks for the row that fails", async () => {
  await seeded(async (random) => {
    for (let round = 0; round < 20; round++) {
      const bad = random.below(20);
      const fixture = weighed({ maxBatchSize: 16, maxBatchWeight: 64 }, 2);
      const values = range(20).map((at) => (at === bad ? 0.5 : 1 + random.below(30)));
      const calls = values.map((value) => fixture.batcher.call(rows(value, value + 40)));
      const ends = Promise.allSettled(calls);
      await settled();
      while (fixture.workers.running.length > 0 || fixture.batcher.stats().queuedCalls > 0) {
        fixture.clock.advance(1);
        const run = fixture.workers.running[0];
        const isBad = run !== undefined && numbers(run.input).includes(0.5);
        if (isBad) run.reject(new Error("bad"));
        else run?.resolve(double(run.input));
        await settled();
      }
      const failed = (await ends).map(({ status }) => status === "rejected");
      assert.deepEqual(
        failed,
        values.map((_, at) => at === bad),
      );
      for (const input of fixture.workers.inputs.map(numbers)) {
        assert.ok(input.length === 1 || input.length * Math.max(...input) <= 64, `${input}`);
      }
    }
  });
});

test("Batcher answers arrays and records in the order of their rows", async () => {
  const weightOf = (row: unknown): number => (row as string).length;
  const { axisIn: _, ...rest } = batchSettings({});
  const settings = { ...rest, axisIn: 0, axisOut: { sizes: 0 }, weightOf };
  const fixture = bench({}, 1, { settings });
  for (const units of [1, 10, 100]) fixture.batcher.learn(units, units + 1);
  const call = fixture.batcher.call(
    ["aaaaaaaaaa", "b", "cccccccccc", "", "dd"].map((t) => `${t}.`),
  );
  await settled();
  const answer = (input: unknown): unknown => {
    const sizes = (input as string[]).map((text) => text.length);
    const one = tensor("float32", [1], Float32Array.of(7));
    return { sizes: tensor("int32", [sizes.length], Int32Array.from(sizes)), one };
  };
  while (fixture.workers.running.length > 0) await fixture.finish(1, answer);
  assert.ok(fixture.workers.inputs.length > 1);
  assert.deepEqual(await call, {
    sizes: tensor("int32", [5], Int32Array.of(11, 2, 11, 1, 3)),
    one: tensor("float32", [1], Float32Array.of(7)),
  });
});

test("Batcher returns the error of a row in its place, though it is a piece", async () => {
  const weightOf = (row: unknown): number => row as number;
  const fixture = bench({}, 1, { settings: { ...batchSettings({}), weightOf } });
  const call = fixture.batcher.call([1, 100, 2]);
  await settled();
  const wrong = new Error("too long");
  while (fixture.workers.running.length > 0) {
    await fixture.finish(1, (input) =>
      (input as number[]).map((value) => (value === 100 ? wrong : value)),
    );
  }
  assert.deepEqual(await call, [1, wrong, 2]);
});

test("Batcher fails a call in pieces once, and drops its other pieces", async () => {
  const fixture = weighed();
  const { workers, batcher } = fixture;
  const call = batcher.call(rows(100, 1, 10));
  const other = batcher.call(rows(2));
  await settled();
  workers.running[0]?.reject(new Error("row 100"));
  await assert.rejects(call, { message: "row 100" });
  await settled();
  assert.equal(batcher.stats().queuedRows, 0);
  await finishAll(fixture);
  assert.deepEqual(workers.inputs.map(numbers), [[100], [2]]);
  assert.deepEqual(numbers(await other), [4]);
});

for (const [stage, ends] of [
  ["queue", 0],
  ["running", 1],
] as const) {
  test(`Batcher drops all pieces of a call whose caller leaves: ${stage}`, async () => {
    const stages: string[] = [];
    const events = { canceled: (_: string, at: string) => void stages.push(at) };
    const { batcher, workers, finish } = weighed({}, 1, { events });
    void batcher.call(rows(1));
    await settled();
    const caller = new AbortController();
    const gone = assert.rejects(batcher.call(rows(100, 1, 10), caller), /gone/);
    await settled();
    for (const _ of range(ends)) await finish();
    caller.abort(new Error("gone"));
    await gone;
    while (workers.running.length > 0) await finish();
    assert.deepEqual(stages, [stage]);
    assert.deepEqual([batcher.stats().queuedRows, workers.inputs.length], [0, 1 + ends]);
  });
}

test("Batcher refuses a call in pieces once when it would be late", async () => {
  const shed: string[] = [];
  const events = { shed: (_: string, reason: string) => void shed.push(reason) };
  const { batcher, clock } = weighed({ maxLatencyMs: 50 }, 1, { events });
  const busy = batcher.call(rows(1));
  busy.catch(() => {});
  await settled();
  const late = assert.rejects(batcher.call(rows(100, 1, 10)), { code: "unavailable" });
  await settled();
  clock.advance(51);
  await late;
  assert.deepEqual([shed, batcher.stats().shed, batcher.stats().queuedRows], [["deadline"], 1, 0]);
});

test("Batcher admits all pieces of a call or none", async () => {
  const { batcher, workers } = weighed({ maxBatchSize: 4, maxQueueRows: 4 });
  void batcher.call(rows(1));
  await settled();
  void batcher.call(rows(7, 70));
  await settled();
  await assert.rejects(batcher.call(rows(100, 1, 10)), { message: /2 rows are waiting already/ });
  assert.deepEqual([batcher.stats().queuedRows, workers.inputs.length], [2, 1]);
});

test("Batcher records each batch of a call in pieces once, and its wait once", async () => {
  const waits: number[] = [];
  const events = { waited: (_: string, ms: number) => void waits.push(ms) };
  // A batch takes so long, whatever it has, that the pieces are joined.
  const { batcher, finish } = weighed({}, 1, { events }, 1_000);
  const records: CallRecord[] = [];
  const call = batcher.call(rows(10, 1, 2, 1), { onCall: (each) => void records.push(each) });
  await settled();
  await finish(5);
  assert.deepEqual(numbers(await call), [20, 2, 4, 2]);
  const seen = records.map(({ batchRows, batchRequests }) => [batchRows, batchRequests]);
  assert.deepEqual([seen, waits], [[[4, 1]], [0]]);
});

test("Batcher runs a call whole if the answers of its pieces cannot be joined", async () => {
  const fixture = weighed();
  const { batcher, workers, finish } = fixture;
  /** An answer as wide as the heaviest row. */
  const padded = (input: unknown): unknown => {
    const values = numbers(input);
    const width = Math.max(...values);
    const { length } = values;
    return tensor("float32", [length, width], new Float32Array(length * width).fill(width));
  };
  const calls = [batcher.call(rows(3, 1)), batcher.call(rows(30, 2))];
  await settled();
  while (workers.running.length > 0) await finish(0, padded);
  const shapes = (await Promise.all(calls)).map((answer) => (answer as Tensor).shape);
  assert.deepEqual(shapes, [
    [2, 3],
    [2, 30],
  ]);
  const later = batcher.call(rows(40, 1));
  await settled();
  assert.deepEqual(numbers(workers.running[0]?.input), [40, 1], "it is not cut any more");
  await finish(0, padded);
  await later;
});

for (const [what, change, wanted] of [
  ["whose method must not be split", { splittable: false }, [[9, 1, 8]]],
  ["whose method must not run twice", { idempotent: false }, [[9, 1, 8]]],
] as const) {
  test(`Batcher keeps a call whole ${what}`, async () => {
    const fixture = weighed({}, 1, change);
    const call = fixture.batcher.call(rows(9, 1, 8));
    await finishAll(fixture);
    assert.deepEqual(fixture.workers.inputs.map(numbers), wanted);
    assert.deepEqual(numbers(await call), [18, 2, 16]);
  });
}

test("Batcher refuses a call that is too heavy for a batch and must not be split", async () => {
  const { batcher } = weighed({ maxBatchWeight: 20 }, 1, { splittable: false });
  await assert.rejects(batcher.call(rows(9, 1, 8)), {
    code: "invalid_argument",
    message:
      'A call of "double" of runner "fake" must weigh at most 20 units, since it is not split, ' +
      "but weighs 27: it has 3 rows, and the heaviest weighs 9. Call it with fewer rows, or " +
      'raise "maxBatchWeight"',
  });
});

test("Batcher cuts a call that is too heavy for a batch though it must not run twice", async () => {
  const fixture = weighed({ maxBatchWeight: 20 }, 1, { idempotent: false });
  const call = fixture.batcher.call(rows(9, 1, 8, 30));
  await finishAll(fixture);
  assert.deepEqual(fixture.sizes(), [1, 1, 1, 1]);
  assert.deepEqual(numbers(await call), [18, 2, 16, 60]);
});

for (const change of [{}, { splittable: false }]) {
  test(`Batcher runs a single row alone that is too heavy: ${JSON.stringify(change)}`, async () => {
    const fixture = weighed({ maxBatchWeight: 20 }, 1, change);
    const calls = [30, 2, 31, 3].map((value) => fixture.batcher.call(rows(value)));
    await finishAll(fixture);
    const seen = fixture.workers.inputs.map(numbers);
    assert.deepEqual(
      seen.toSorted((one, other) => (one[0] ?? 0) - (other[0] ?? 0)),
      [...[[2, 3], [30], [31]]],
    );
    assert.deepEqual((await Promise.all(calls)).flatMap(numbers), [60, 4, 62, 6]);
  });
}

test("Batcher fails a call whose parts answer in unlike numbers of rows", async () => {
  const axisOut = { x: 0, y: 0 };
  const settings = { ...batchSettings({ maxBatchSize: 2 }), axisOut };
  const { batcher, finish } = bench({}, 1, { settings });
  const call = assert.rejects(batcher.call(rows(1, 2, 3)), { code: "invalid_argument" });
  await settled();
  const answer = (): unknown => ({ x: rows(1, 2), y: rows(1) });
  await finish(0, answer);
  await finish(0, answer);
  await call;
});
