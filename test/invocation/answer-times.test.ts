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

test("AnswerTime is 0 until three are known: the first ones are slow", () => {
  const time = new AnswerTime();
  for (const [ms, known] of [
    [50, 0],
    [0.7, 0],
    [0.5, 0.5],
    [0.6, 0.6],
    [0.1, 0.6],
    [60, 0.7],
  ] as const) {
    time.add(ms);
    assert.equal(time.ms, known);
  }
});

test("AnswerTime is the third longest of the last 32", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seededRandom(seed);
  const time = new AnswerTime();
  const all: number[] = [];
  for (let at = 0; at < 500; at++) {
    const ms = Math.round(20 * random()) / 10;
    all.push(ms);
    time.add(ms);
    const third = all.slice(-32).sort((one, other) => other - one)[2] ?? 0;
    assert.equal(time.ms, third, `seed ${seed}, number ${at}`);
  }
});

test("AnswerTime ignores an outlier, and forgets what was slow", () => {
  const time = learned(new AnswerTime(), 50, () => 1);
  learned(time, 2, () => 30_000);
  assert.equal(time.ms, 1);
  learned(time, 3, () => 10);
  assert.equal(time.ms, 10);
  learned(time, 32, () => 0.5);
  assert.equal(time.ms, 0.5);
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
  for (const ms of [0.7, 0.6]) {
    assert.equal(rest.ms, 0);
    times.answered(rest, clock.now());
    clock.advance(ms);
    for (const end of ends.splice(0)) end();
  }
  assert.equal(rest.ms, 0.5);
  assert.equal(times.of("grpc", "predict").ms, 0);
});

test("AnswerTimes waits for the responses of all requests of a batch", async () => {
  const clock = new FakeClock();
  const times = new AnswerTimes(clock);
  const rest = times.of("rest", "predict");
  let answeredAt = 0;
  let written = 0;
  /** A request whose response takes some microtasks, and 0.1 ms of the processor. */
  const answer = async (): Promise<void> => {
    times.answered(rest, answeredAt);
    for (let hops = 0; hops < 10; hops++) await undefined;
    clock.advance(0.1);
    written += 1;
  };
  for (let batch = 0; batch < 3; batch++) {
    answeredAt = clock.now();
    await Promise.all(Array.from({ length: 10 }, answer));
    while (rest.answeredAt !== undefined) await undefined;
  }
  assert.equal(written, 30);
  assert.ok(Math.abs(rest.ms - 1) < 1e-9, `${rest.ms}`);
});
