import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerTime, AnswerTimes } from "../../src/invocation/answer-times.ts";
import { EventLoop } from "../../src/invocation/event-loop.ts";
import { seededRandom } from "../../src/random.ts";
import { FakeClock } from "../support/fake-clock.ts";

function learned(time: AnswerTime, count: number, next: () => number): AnswerTime {
  for (let at = 0; at < count; at++) time.add(next());
  return time;
}

test("AnswerTime is 0 before the first, and bounds the first", () => {
  const time = new AnswerTime();
  assert.equal(time.ms, 0);
  time.add(500);
  assert.equal(time.ms, 2);
  assert.equal(learned(new AnswerTime(), 1, () => 0.4).ms, 0.4);
  assert.equal(learned(new AnswerTime(), 100, () => 0).ms, 0.01);
});

test("AnswerTime comes near the 95th percentile of any distribution", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  for (const [name, next, p95] of [
    ["uniform", (random: () => number) => 10 * random(), 9.5],
    ["exponential", (random: () => number) => -Math.log(1 - random()), 3],
    ["two values", (random: () => number) => (random() < 0.8 ? 1 : 4), 4],
  ] as const) {
    const random = seededRandom(seed);
    const time = learned(new AnswerTime(), 500, () => next(random));
    let sum = 0;
    for (let at = 0; at < 1000; at++) sum += learned(time, 1, () => next(random)).ms;
    const mean = sum / 1000;
    assert.ok(mean > 0.75 * p95 && mean < 1.35 * p95, `${name}, seed ${seed}: ${mean} of ${p95}`);
  }
});

test("AnswerTime follows a change, and an outlier moves it by a fifth", () => {
  const time = learned(new AnswerTime(), 50, () => 1);
  const before = time.ms;
  time.add(30_000);
  assert.ok(time.ms < 1.25 * before, `${time.ms} after ${before}`);
  learned(time, 20, () => 10);
  assert.ok(time.ms > 8, `${time.ms} after 20 of 10 ms`);
  learned(time, 400, () => 0.5);
  assert.ok(time.ms < 0.7, `${time.ms} after 400 of 0.5 ms`);
});

test("AnswerTimes learns one of those that end together, by protocol and API", () => {
  const clock = new FakeClock();
  const ends: (() => void)[] = [];
  const loop = new EventLoop(clock, undefined);
  const times = new AnswerTimes(clock, loop, (end) => void ends.push(end));
  const rest = times.of("rest", "predict");
  assert.equal(times.of("rest", "predict"), rest);
  assert.notEqual(times.of("grpc", "predict"), rest);
  assert.notEqual(times.of("rest", "embed"), rest);
  times.answered(rest, clock.now());
  clock.advance(1);
  times.answered(rest, clock.now());
  clock.advance(0.5);
  assert.equal(ends.length, 1);
  assert.equal(rest.ms, 0);
  for (const end of ends.splice(0)) end();
  assert.equal(rest.ms, 0.5);
  assert.equal(times.of("grpc", "predict").ms, 0);
  times.answered(rest, clock.now());
  clock.advance(0.1);
  for (const end of ends.splice(0)) end();
  assert.ok(rest.ms < 0.5);
});

test("AnswerTimes waits for the responses of all requests of a batch", async () => {
  const clock = new FakeClock();
  const times = new AnswerTimes(clock);
  const rest = times.of("rest", "predict");
  const answeredAt = clock.now();
  let written = 0;
  /** A request whose response takes some microtasks, and 0.1 ms of the processor. */
  const answer = async (): Promise<void> => {
    times.answered(rest, answeredAt);
    for (let hops = 0; hops < 10; hops++) await undefined;
    clock.advance(0.1);
    written += 1;
  };
  const all = Promise.all(Array.from({ length: 10 }, answer));
  assert.equal(rest.ms, 0);
  await all;
  assert.equal(written, 10);
  while (rest.ms === 0) await undefined;
  assert.ok(Math.abs(rest.ms - 1) < 1e-9, `${rest.ms}`);
});
