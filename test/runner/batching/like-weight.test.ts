import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fit, Limits } from "../../../src/runner/batching/fitting.ts";
import { ofLikeWeight } from "../../../src/runner/batching/like-weight.ts";
import { high, type Latency } from "../../../src/runner/latency/latency.ts";
import { type Random, seeded } from "../../support/random.ts";
import { type Call, call, limits, line, NEVER } from "./policy-case.ts";

/** Joins the first call with the others. */
function join(calls: readonly Call[], change: Partial<Limits> = {}): Fit<Call> {
  const first = calls[0] as Call;
  const { rows, units, deadlineAt } = first;
  const shares = [{ call: first, rows }];
  const alone = { shares, units, netUnits: units, earliestAt: deadlineAt, closed: undefined };
  return ofLikeWeight(first, alone, calls, limits(change));
}

/** A call whose name is its weight. */
const of = (weight: number, rest: Parameters<typeof call>[2] = {}): Call =>
  call(`${weight}`, 0, { weight, ...rest });

const CASES: readonly {
  readonly what: string;
  readonly calls: readonly Call[];
  readonly given?: Partial<Limits>;
  /** The weights of the calls in the batch. */
  readonly batch: readonly string[];
  readonly units: number;
  readonly closed: Fit<Call>["closed"];
}[] = [
  { what: "one call", calls: [of(3)], batch: ["3"], units: 3, closed: undefined },
  {
    // 4 net units in 14 ms alone; both have 9 in 20 ms.
    what: "two of like weight",
    calls: [of(4), of(5)],
    batch: ["4", "5"],
    units: 10,
    closed: undefined,
  },
  {
    // 50 in 60 ms, against 51 in 110 ms.
    what: "a heavy call alone rather than with a light one",
    calls: [of(50), of(1)],
    batch: ["50"],
    units: 50,
    closed: "padding",
  },
  {
    // 1 in 11 ms, against 51 in 110 ms: the first call pays for the other, but is served.
    what: "a light call with a heavy one if more is answered in a millisecond",
    calls: [of(1), of(50)],
    batch: ["1", "50"],
    units: 100,
    closed: undefined,
  },
  {
    what: "the range of weights around the first call, with neither the lightest nor the heaviest",
    calls: [of(20), of(1), of(21), of(19), of(200), of(22)],
    batch: ["19", "20", "21", "22"], // 82 in 98 ms; with 1, 83 in 120; with 200, 282 in 1,010
    units: 88,
    closed: "padding",
  },
  {
    what: "as many rows as are allowed",
    calls: [of(10), of(11), of(12), of(13)],
    given: { maxBatchSize: 2 },
    batch: ["10", "11"], // 21 in 32 ms
    units: 22,
    closed: "full",
  },
  {
    what: "all calls, which fill the batch",
    calls: [of(10), of(11)],
    given: { maxBatchSize: 2 },
    batch: ["10", "11"],
    units: 22,
    closed: "full",
  },
  {
    what: "no more than the weight that is allowed",
    calls: [of(10), of(11), of(12), of(13)],
    given: { maxBatchWeight: 36 },
    batch: ["10", "11", "12"],
    units: 36,
    closed: "full",
  },
  {
    what: "rows, not calls",
    calls: [of(10, { rows: 3 }), of(11, { rows: 4 }), of(9, { rows: 2 })],
    batch: ["10", "11"], // 74 in 87 ms, against 48 in 60 ms
    units: 77,
    closed: "full",
  },
  {
    what: "no call that a deadline has no time for",
    calls: [of(10, { deadlineAt: 35 }), of(11), of(12)],
    batch: ["10", "11"], // 32 ms; all take 46 ms
    units: 22,
    closed: "deadline",
  },
  {
    what: "no call whose own deadline has no time for it",
    calls: [of(10), of(11, { deadlineAt: 31 }), of(9)],
    batch: ["9", "10"],
    units: 20,
    closed: "deadline",
  },
  {
    what: "a call alone, as padding costs too much, though many more would fit no batch",
    calls: [of(50), ...Array.from({ length: 20 }, () => of(1))],
    batch: ["50"],
    units: 50,
    closed: "padding",
  },
  {
    what: "the larger batch of equal rates",
    calls: [of(10), of(10), of(10), of(10), of(10, { deadlineAt: 20 })],
    given: { latency: line(1, 0) },
    batch: ["10", "10", "10", "10"],
    units: 40,
    closed: "deadline",
  },
  {
    what: "all while nothing is known",
    calls: [of(10), of(1), of(300)],
    given: { latency: line(0, 0) },
    batch: ["1", "10", "300"],
    units: 900,
    closed: undefined,
  },
];
for (const { what, calls, given, batch, units, closed } of CASES) {
  test(`ofLikeWeight() joins ${what}`, () => {
    const fit = join(calls, given);
    const names = fit.shares.map((share) => share.call.name);
    assert.deepEqual(
      { names, units: fit.units, closed: fit.closed },
      { names: batch, units, closed },
    );
    const joined = fit.shares.map((share) => share.call);
    assert.equal(
      fit.netUnits,
      joined.reduce((sum, each) => sum + each.units, 0),
    );
    assert.equal(fit.earliestAt, Math.min(...joined.map(({ deadlineAt }) => deadlineAt)));
  });
}

/** The net units a millisecond of the best of all ranges of weights that hold the first call. */
function bestRate(
  calls: readonly Call[],
  { maxBatchSize, maxBatchWeight, latency }: Limits,
): number {
  const sorted = calls.toSorted((one, other) => one.weight - other.weight);
  const own = sorted.indexOf(calls[0] as Call);
  // A call that is too heavy goes alone.
  const { units: ownUnits } = calls[0] as Call;
  let best = ownUnits / latency.mean(ownUnits);
  for (let begin = 0; begin <= own; begin++) {
    let [rows, net, earliestAt] = [0, 0, NEVER];
    for (let at = begin; at < sorted.length; at++) {
      const each = sorted[at] as Call;
      rows += each.rows;
      net += each.units;
      earliestAt = Math.min(earliestAt, each.deadlineAt);
      const units = rows * each.weight;
      if (rows > maxBatchSize || units > maxBatchWeight) break;
      if (high(latency, units) > earliestAt) break;
      if (at >= own) best = Math.max(best, net / latency.mean(units));
    }
  }
  return best;
}

const WEIGHTS: readonly [what: string, weightOf: (random: Random) => number][] = [
  ["evenly spread", (random) => 1 + random.below(100)],
  ["long-tailed", (random) => Math.ceil(8 * Math.exp(3 * random.next() ** 2))],
  ["of two kinds", (random) => random.of([5, 100]) + random.below(4)],
  ["of few sizes", (random) => random.of([16, 32, 64, 128])],
];
const COSTS: readonly [what: string, latency: Latency][] = [
  ["a straight line", line(0.1, 5)],
  ["with deviations", { ...line(0.1, 5), deviation: (units) => 0.01 * units }],
  ["in proportion", line(0.1, 0)],
  ["convex", { ...line(0, 0), mean: (units) => 5 + 0.05 * units + 0.0001 * units ** 2 }],
];
for (const [weights, weightOf] of WEIGHTS) {
  for (const [cost, latency] of COSTS) {
    test(`ofLikeWeight() finds nearly the best range: weights ${weights}, costs ${cost}`, () => {
      seeded((random) => {
        let [sum, good] = [0, 0];
        for (let run = 0; run < 100; run++) {
          const isTight = random.below(3) === 0;
          const calls = Array.from({ length: 1 + random.below(random.of([8, 64, 256])) }, (_, at) =>
            call(`${at}`, 0, {
              weight: weightOf(random),
              rows: random.below(4) === 0 ? 1 + random.below(4) : 1,
              deadlineAt: isTight ? 100 + random.below(300) : NEVER,
            }),
          );
          const maxBatchSize = random.of([8, 32, 100]);
          const maxBatchWeight = random.of([NEVER, 600, 2_000]);
          const given = limits({ latency, maxBatchSize, maxBatchWeight });
          const fit = join(calls, given);
          const share = fit.netUnits / latency.mean(fit.units) / bestRate(calls, given);
          sum += share;
          good += Number(share >= 0.95);
        }
        assert.ok(sum / 100 >= 0.98, `${sum / 100} of the best rate on average`);
        assert.ok(good >= 90, `${good} % have at least 95 % of the best rate`);
      });
    });
  }
}
