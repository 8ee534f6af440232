import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerCache } from "../../src/cache/answer-cache.ts";
import { CachedCalls } from "../../src/cache/cached-calls.ts";
import { copied } from "../../src/cache/copy.ts";
import type { FlightLimits } from "../../src/cache/flight.ts";
import { type InputKey, inputKey } from "../../src/cache/input-key.ts";
import { ServiceError } from "../../src/error.ts";
import { FakeClock } from "../support/fake-clock.ts";

function keyOf(value: unknown): InputKey {
  const key = inputKey(value, 1 << 20);
  assert.ok(key !== undefined);
  return key;
}

test("AnswerCache drops the answer that was not used for the longest time", () => {
  const cache = new AnswerCache<number>({ maxBytes: 1 << 20, maxEntries: 2 });
  for (const input of [1, 2]) cache.set(keyOf(input), input, 8, 0);
  assert.equal(cache.get(keyOf(1), 0)?.value, 1);
  cache.set(keyOf(3), 3, 8, 0);
  const found = [1, 2, 3].map((input) => cache.get(keyOf(input), 0)?.value);
  assert.deepEqual(found, [1, undefined, 3]);
  assert.equal(cache.size, 2);
});

test("AnswerCache is bounded in bytes, inputs and answers together", () => {
  const cache = new AnswerCache<number>({ maxBytes: 4000 });
  for (let input = 0; input < 100; input++) cache.set(keyOf({ input }), input, 600, 0);
  assert.ok(cache.bytes <= 4000 && cache.size >= 3 && cache.size <= 6, `${cache.size}`);
  cache.set(keyOf("large"), 0, 4000, 0);
  assert.equal(cache.get(keyOf("large"), 0), undefined, "larger than the cache");
  assert.equal(cache.get(keyOf({ input: 99 }), 0)?.value, 99, "and nothing was dropped for it");
  cache.clear();
  assert.deepEqual([cache.bytes, cache.size], [0, 0]);
});

test("AnswerCache forgets what is too old, and counts a replaced answer once", () => {
  const cache = new AnswerCache<number>({ maxBytes: 1 << 20, maxAgeMs: 10 });
  cache.set(keyOf("x"), 1, 100, 0);
  const { bytes } = cache;
  cache.set(keyOf("x"), 2, 100, 5);
  assert.equal(cache.bytes, bytes);
  assert.equal(cache.get(keyOf("x"), 14)?.value, 2);
  assert.equal(cache.get(keyOf("x"), 15), undefined);
  assert.deepEqual([cache.bytes, cache.size], [0, 0]);
});

test("AnswerCache never takes another input of the same hash for the one it has", () => {
  const cache = new AnswerCache<number>({ maxBytes: 1 << 20 });
  const [one, other] = [keyOf("one"), { ...keyOf("other"), hash: keyOf("one").hash }];
  cache.set(one, 1, 8, 0);
  assert.equal(cache.get(other, 0), undefined);
  cache.set(other, 2, 8, 0);
  assert.equal(cache.get(other, 0)?.value, 2);
  assert.equal(cache.get(one, 0), undefined);
});

for (const [name, value] of Object.entries({
  data: { a: [1, "x", null, undefined, 3n, true], b: { c: new Float32Array([1]) } },
  "a member __proto__": JSON.parse('{"__proto__": {"admin": true}}') as unknown,
  "an object without a prototype": Object.assign(Object.create(null), { a: 1 }) as unknown,
  bytes: new Uint8Array([1, 2]).buffer,
})) {
  test(`copied() copies ${name}`, () => {
    const copy = copied(value);
    assert.deepEqual(copy?.value, value);
    assert.notEqual(copy?.value, value);
    assert.ok((copy?.bytes ?? 0) > 0);
  });
}

test("copied() copies only the part of a buffer that a view has", () => {
  const copy = copied(new Uint8Array(1000).subarray(0, 2));
  assert.equal(copy?.value.buffer.byteLength, 2);
});

for (const [name, value] of Object.entries({
  "a date": new Date(),
  "a function": () => 1,
  "a symbol": [Symbol("x")],
  "a map": { a: new Map() },
})) {
  test(`copied() has no copy of ${name}`, () => assert.equal(copied(value), undefined));
}

/** Calls whose computations end when the test says so. */
function open() {
  const clock = new FakeClock();
  const calls = new CachedCalls<number[]>({ bounds: { maxBytes: 1 << 20 }, clock, copy: copied });
  const runs: (PromiseWithResolvers<number[]> & { readonly limits: FlightLimits })[] = [];
  const compute = (limits: FlightLimits): Promise<number[]> => {
    const run = { ...Promise.withResolvers<number[]>(), limits };
    runs.push(run);
    return run.promise;
  };
  const call = (
    input: unknown,
    caller: { readonly signal?: AbortSignal; readonly deadlineAt?: number } = {},
    group = "",
  ) => {
    const answer = calls.compute(keyOf(input), group, caller, compute);
    answer.catch(() => {});
    return answer;
  };
  return { clock, calls, runs, call };
}

test("CachedCalls computes an input once for all that wait, each of whom has a copy", async () => {
  const { runs, call, calls } = open();
  const answers = [call("a"), call("a"), call("b"), call("a")];
  assert.equal(runs.length, 2);
  runs[0]?.resolve([1]);
  runs[1]?.resolve([2]);
  const made = await Promise.all(answers);
  assert.deepEqual(
    made.map(({ value, outcome }) => [value, outcome]),
    [
      [[1], "miss"],
      [[1], "shared"],
      [[2], "miss"],
      [[1], "shared"],
    ],
  );
  for (const { value } of made) value[0] = 9;
  assert.equal(new Set(made.map(({ value }) => value)).size, 4);
  const found = calls.find(keyOf("a"));
  assert.deepEqual([found?.value, found?.outcome], [[1], "hit"]);
  if (found !== undefined) found.value[0] = 9;
  assert.deepEqual(calls.find(keyOf("a"))?.value, [1]);
});

test("CachedCalls does not share between groups", () => {
  const { runs, call } = open();
  for (const group of ["interactive", "bulk", "bulk"]) call("a", {}, group);
  assert.equal(runs.length, 2);
});

test("CachedCalls goes on when the leader leaves, and ends when nobody waits", async () => {
  const { runs, call } = open();
  const [leader, follower] = [new AbortController(), new AbortController()];
  const one = call("a", { signal: leader.signal });
  const other = call("a", { signal: follower.signal });
  leader.abort(new ServiceError("canceled", "gone"));
  await assert.rejects(one, { message: "gone" });
  assert.equal(runs[0]?.limits.signal.aborted, false);
  const third = call("a");
  follower.abort(new ServiceError("canceled", "gone too"));
  await assert.rejects(other, { message: "gone too" });
  assert.equal(runs[0]?.limits.signal.aborted, false);
  runs[0]?.resolve([1]);
  assert.deepEqual((await third).value, [1]);

  const last = new AbortController();
  const alone = call("b", { signal: last.signal });
  last.abort(new ServiceError("canceled", "gone"));
  await assert.rejects(alone, { message: "gone" });
  assert.equal(runs[1]?.limits.signal.aborted, true);
  call("b");
  assert.equal(runs.length, 3, "the next caller begins anew");
  assert.equal(runs[2]?.limits.signal.aborted, false);
});

test("CachedCalls gives a computation the latest deadline of those that wait", async () => {
  const { runs, call, clock } = open();
  const early = call("a", { deadlineAt: 10 });
  const limits = runs[0]?.limits;
  assert.equal(limits?.deadlineAt, 10);
  const later = call("a", { deadlineAt: 50 });
  assert.equal(limits?.deadlineAt, 50);
  clock.advance(10);
  await assert.rejects(early, { code: "deadline_exceeded" });
  assert.equal(limits?.signal.aborted, false);
  runs[0]?.resolve([1]);
  assert.deepEqual((await later).value, [1]);
  assert.equal(clock.pending, 0, "no timer is left");
});

test("CachedCalls does not fail callers by the deadline of their leader", async () => {
  const { runs, call } = open();
  const leader = call("a", { deadlineAt: 10 });
  const followers = [call("a", { deadlineAt: 20 }), call("a", { deadlineAt: 5 }), call("a")];
  runs[0]?.reject(new ServiceError("unavailable", "could not be answered in time"));
  await assert.rejects(leader, { code: "unavailable" });
  await assert.rejects(followers[1] as Promise<unknown>, { code: "unavailable" });
  assert.equal(runs.length, 2, "one of the others leads");
  assert.equal(runs[1]?.limits.deadlineAt, Number.POSITIVE_INFINITY);
  runs[1]?.resolve([1]);
  assert.deepEqual((await (followers[0] as typeof leader)).value, [1]);
  assert.deepEqual((await (followers[2] as typeof leader)).value, [1]);
});

test("CachedCalls gives all that wait an error of the input, and does not keep it", async () => {
  const { runs, call, calls } = open();
  const answers = [call("a"), call("a", { deadlineAt: 100 })];
  runs[0]?.reject(new ServiceError("invalid_argument", "wrong"));
  for (const answer of answers) await assert.rejects(answer, { message: "wrong" });
  assert.equal(runs.length, 1);
  assert.equal(calls.find(keyOf("a")), undefined);
  call("a");
  assert.equal(runs.length, 2);
});

test("CachedCalls hands over at most once for each caller", async () => {
  const { runs, call } = open();
  const answers = Array.from({ length: 5 }, () => call("a"));
  for (let at = 0; at < 5; at++) {
    assert.equal(runs.length, at + 1);
    runs[at]?.reject(new ServiceError("canceled", `of ${at}`));
    await Promise.resolve();
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const ends = await Promise.allSettled(answers);
  assert.deepEqual(new Set(ends.map(({ status }) => status)), new Set(["rejected"]));
  assert.equal(runs.length, 5);
});

test("CachedCalls computes an answer that cannot be copied for each caller", async () => {
  const clock = new FakeClock();
  const bounds = { maxBytes: 1 << 20 };
  const calls = new CachedCalls<object>({ bounds, clock, copy: () => undefined });
  let runs = 0;
  const compute = async (): Promise<object> => ({ run: ++runs });
  const answers = await Promise.all(
    [1, 2, 3].map(() => calls.compute(keyOf("a"), "", {}, compute)),
  );
  assert.deepEqual(answers.map(({ value }) => value).sort(), [{ run: 1 }, { run: 2 }, { run: 3 }]);
  assert.equal(calls.cache.size, 0);
});

test("CachedCalls has no answer that is out of date", async () => {
  let current = 1;
  const calls = new CachedCalls<{ readonly model: number }>({
    bounds: { maxBytes: 1 << 20 },
    clock: new FakeClock(),
    copy: copied,
    isCurrent: ({ model }) => model === current,
  });
  await calls.compute(keyOf("a"), "", {}, async () => ({ model: 1 }));
  assert.equal(
    calls.find(keyOf("a"), ({ model }) => model === 7),
    undefined,
  );
  assert.deepEqual(calls.find(keyOf("a"))?.value, { model: 1 });
  current = 2;
  assert.equal(calls.find(keyOf("a")), undefined);
  assert.equal(calls.cache.size, 0);
});
