import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencyModel } from "../../../src/runner/latency/latency-model.ts";
import { type Random, seeded } from "../../support/random.ts";
import { type Cost, leastPerUnit, noise, normal, SHAPES } from "./costs.ts";

const MAX = 64;
const SIGMAS = [0.05, 0.15, 0.3];

/** Returns a size: many batches of one level of load have nearly the same one. */
function sizeOf(random: Random, load: number): number {
  return Math.max(1, Math.min(MAX, Math.round(load * Math.exp(0.5 * normal(random)))));
}

/** Adds batches at changing levels of load, and returns the relative errors before each. */
function run(model: LatencyModel, cost: Cost, sigma: number, count: number, random: Random) {
  const errors: number[] = [];
  let load = 4;
  for (let at = 0; at < count; at++) {
    if (at % 25 === 0) load = Math.exp(random.next() * Math.log(2 * MAX));
    const units = sizeOf(random, load);
    errors.push(Math.abs(model.mean(units) / cost(units) - 1));
    const late = random.below(50) === 0 ? 20 : 1;
    model.add(units, late * cost(units) * noise(random, sigma));
  }
  return errors;
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

for (const [name, shape] of Object.entries(SHAPES)) {
  for (const sigma of SIGMAS) {
    test(`LatencyModel learns a ${name} cost with a deviation of ${sigma} and outliers`, () => {
      seeded((random) => {
        const cost = shape(random);
        const model = new LatencyModel();
        const errors = run(model, cost, sigma, 1_000, random).slice(200);
        const error = medianOf(errors);
        assert.ok(error < 0.02 + 0.4 * sigma, `an error of ${error}`);
        const deviation = model.deviation(8) / model.mean(8);
        const isLike = deviation > 0.2 * sigma && deviation < 0.05 + 2 * sigma;
        assert.ok(isLike, `a deviation of ${deviation}`);
      });
    });
  }

  test(`LatencyModel soon follows if a ${name} cost is multiplied`, () => {
    seeded((random) => {
      const late: unknown[] = [];
      for (let round = 0; round < 20; round++) {
        const [shaped, sigma] = [shape(random), random.of([0, 0.05, 0.15])];
        const cost: Cost = (units) => 5 + shaped(units); // above the resolution of clocks
        const factor = Math.exp((random.below(2) === 0 ? 1 : -1) * (0.7 + 3 * random.next()));
        const model = new LatencyModel();
        run(model, cost, sigma, 400, random);
        run(model, (units) => factor * cost(units), sigma, 12, random);
        const errors = run(model, (units) => factor * cost(units), sigma, 20, random);
        const error = medianOf(errors);
        if (error > 0.15 + 2 * sigma) late.push([factor, error]);
      }
      assert.ok(late.length <= 2, `factors and errors ${JSON.stringify(late)}`);
    });
  });

  test(`LatencyModel finds nearly the best size of a ${name} cost`, () => {
    seeded((random) => {
      let shares = 0;
      const rounds = 20;
      for (let round = 0; round < rounds; round++) {
        const [cost, sigma] = [shape(random), random.of([0, 0.05, 0.15])];
        const least = leastPerUnit(cost, MAX);
        const model = new LatencyModel();
        for (const units of [1, MAX, 1, MAX]) model.seed(units, cost(units));
        let [best, actual] = [0, 0];
        for (let at = 0; at < 1_000; at++) {
          const units = model.best(MAX);
          best += least * units;
          actual += cost(units);
          model.add(units, cost(units) * noise(random, sigma));
        }
        assert.ok(best / actual > 0.5, `a share of ${best / actual} at ${sigma}`);
        shares += best / actual;
      }
      assert.ok(shares / rounds > 0.9, `a mean share of ${shares / rounds}`);
    });
  });
}

test("LatencyModel is not changed by a pause of the process, whatever the workers", () => {
  seeded((random) => {
    for (let round = 0; round < 40; round++) {
      const [workers, pauseMs] = [1 + random.below(16), 1_000 + 30_000 * random.next()];
      const cost: Cost = (units) => 5 + units;
      const model = new LatencyModel();
      const freeAt = new Array<number>(workers).fill(0);
      const pauseAt = 20_000;
      let batches = 0;
      while (batches < 10) {
        const worker = freeAt.indexOf(Math.min(...freeAt));
        const units = 1 + random.below(32);
        const startedAt = freeAt[worker] ?? 0;
        const end = startedAt + cost(units) * noise(random, 0.1);
        const isPaused = startedAt < pauseAt && end >= pauseAt;
        freeAt[worker] = isPaused ? end + pauseMs : end;
        model.add(units, (freeAt[worker] ?? 0) - startedAt, freeAt[worker]);
        if (end < pauseAt) continue;
        batches += 1;
        for (const seen of [4, 12, 28]) {
          const error = Math.abs(model.mean(seen) / cost(seen) - 1);
          assert.ok(error < 0.3, `an error of ${error} with ${workers} workers`);
        }
      }
    }
  });
});

test("LatencyModel never expects less for more units, nor anything but numbers", () => {
  seeded((random) => {
    for (let round = 0; round < 50; round++) {
      const model = new LatencyModel();
      let now = 0;
      for (let batch = 0; batch < 200; batch++) {
        const units = random.of([1e-9, 0.3, 1, 2, 3, 7.5, 64, 1e4, 1e9]) * (1 + random.next());
        const ms = random.of([0, 1e-6, 0.5, 3, 1e3, 1e9]) * random.next();
        now += ms * random.next();
        if (random.below(5) === 0) model.seed(units, ms);
        else model.add(units, ms, now);
        let before = 0;
        for (const asked of [0, 0.1, 1, 2, 8, 50, 1e3, 1e12]) {
          const mean = model.mean(asked);
          assert.ok(mean >= before * (1 - 1e-9) && mean < Number.POSITIVE_INFINITY);
          assert.ok(model.most(asked) >= 0 && model.deviation(asked) >= 0);
          before = mean;
        }
        const max = random.of([0.5, 1, 64, 1e6]);
        for (const size of [model.best(max), model.usual(max)]) assert.ok(size > 0 && size <= max);
        assert.ok(model.a >= 0 && model.b >= 0);
      }
    }
  });
});

test("LatencyModel expects of large batches what small ones tell, until it has seen one", () => {
  seeded((random) => {
    const ratios: number[] = [];
    for (let round = 0; round < 40; round++) {
      const cost: Cost = (units) => 5 + units;
      const model = new LatencyModel();
      const run = (units: number): void => model.add(units, cost(units) * noise(random, 0.1));
      for (let batch = 0; batch < 1_000; batch++) run(random.below(20) === 0 ? 2 : 1);
      const ratio = model.mean(30) / cost(30);
      assert.ok(ratio > 0.05 && ratio < 6, `a ratio of ${ratio} before`);
      ratios.push(ratio);
      run(30);
      const after = model.mean(30) / cost(30);
      assert.ok(after > 0.5 && after < 2, `a ratio of ${after} after`);
    }
    const median = medianOf(ratios);
    assert.ok(median > 0.7 && median < 1.3, `a median ratio of ${median}`);
  });
});
