import assert from "node:assert/strict";
import { test } from "node:test";
import { CachedCalls } from "../../src/cache/cached-calls.ts";
import { copied } from "../../src/cache/copy.ts";
import type { FlightLimits } from "../../src/cache/flight.ts";
import { inputKey } from "../../src/cache/input-key.ts";
import { ServiceError } from "../../src/error.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { seeded } from "../support/random.ts";

interface Answer {
  readonly input: number;
  readonly model: number;
  readonly scores: Float32Array;
}

/** Lets all promises that can settle do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("CachedCalls answers rightly among cancellations, deadlines, failures and new models", () =>
  seeded(async (random) => {
    const clock = new FakeClock();
    let model = 1;
    /** The computations under way that somebody waits for, by their inputs. */
    const wanted = new Map<number, number>();
    const calls = new CachedCalls<Answer>({
      bounds: { maxBytes: 3000, maxAgeMs: 60 },
      clock,
      copy: copied,
      isCurrent: (answer) => answer.model === model,
    });
    let computed = 0;
    const compute = (input: number) => (limits: FlightLimits) =>
      new Promise<Answer>((resolve, reject) => {
        computed += 1;
        const began = model;
        let isWanted = true;
        const count = (wanted.get(input) ?? 0) + 1;
        wanted.set(input, count);
        assert.equal(count, 1, `input ${input} is computed ${count} times at once`);
        const end = (): void => {
          if (isWanted) wanted.set(input, (wanted.get(input) ?? 0) - 1);
          isWanted = false;
        };
        limits.signal.addEventListener("abort", end);
        const outcome = random.below(10);
        const takesMs = random.below(20);
        const { deadlineAt } = limits;
        const isRefused = clock.now() + takesMs > deadlineAt;
        clock.after(isRefused ? random.below(2) : takesMs, () => {
          end();
          if (limits.signal.aborted) return reject(limits.signal.reason);
          if (outcome === 0) return reject(new ServiceError("invalid_argument", `bad ${input}`));
          if (isRefused) return reject(new ServiceError("unavailable", "too late"));
          // A model that was replaced meanwhile still answers, and says which it was.
          resolve({ input, model: began, scores: new Float32Array([input, began]) });
        });
      });
    const ends = { answered: 0, canceled: 0, late: 0, failed: 0, unavailable: 0 };
    const pending = new Set<Promise<void>>();
    const one = async (): Promise<void> => {
      const input = random.below(4);
      const key = inputKey({ input }, 1000);
      assert.ok(key !== undefined);
      const abort = new AbortController();
      if (random.below(3) === 0) {
        clock.after(random.below(25), () => abort.abort(new ServiceError("canceled", "mine")));
      }
      const deadlineAt =
        random.below(3) === 0 ? clock.now() + 1 + random.below(25) : Number.POSITIVE_INFINITY;
      const startedAt = clock.now();
      try {
        const hit = calls.find(key);
        if (hit !== undefined) assert.equal(hit.value.model, model, "a hit is of the model of now");
        const { value } =
          hit ??
          (await calls.compute(key, "", { signal: abort.signal, deadlineAt }, compute(input)));
        assert.equal(value.input, input);
        assert.deepEqual(value.scores, new Float32Array([input, value.model]));
        value.scores.fill(-1); // nobody else sees it
        ends.answered += 1;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        if (error.code === "canceled") {
          assert.ok(abort.signal.aborted, "canceled by itself alone");
          ends.canceled += 1;
        } else if (error.code === "deadline_exceeded") {
          assert.ok(clock.now() >= deadlineAt, "late by its own deadline alone");
          ends.late += 1;
        } else if (error.code === "unavailable") {
          assert.ok(deadlineAt < Number.POSITIVE_INFINITY, "it had time without end");
          ends.unavailable += 1;
        } else {
          assert.equal(error.message, `bad ${input}`);
          ends.failed += 1;
        }
        assert.ok(clock.now() >= startedAt);
      }
    };
    for (let step = 0; step < 1500; step++) {
      for (let count = random.below(4); count > 0; count--) {
        const call = one();
        pending.add(call);
        void call.finally(() => pending.delete(call)).catch(() => {});
      }
      if (random.below(40) === 0) model += 1;
      clock.advance(random.below(6));
      await settle();
    }
    clock.advance(1000);
    while (pending.size > 0) {
      await settle();
      clock.advance(100);
      await Promise.all([...pending].slice(0, 1).map((each) => Promise.race([each, settle()])));
    }
    for (const count of Object.values(ends)) assert.ok(count > 10, JSON.stringify(ends));
    assert.ok(computed < ends.answered, `${computed} computations, ${ends.answered} answers`);
    assert.ok(calls.cache.bytes <= 3000);
    assert.equal(clock.pending, 0);
  }));
