import assert from "node:assert/strict";
import { test } from "node:test";
import { decide, type Situation, type Strategy } from "../../../src/runner/batching/policy.ts";
import { high, type Latency } from "../../../src/runner/latency/latency.ts";
import { type Random, seeded } from "../../support/random.ts";
import { SHAPES } from "../latency/costs.ts";
import { type Call, NEVER } from "./policy-case.ts";

const ROUNDS = 4_000;
const ROUNDING = 1e-9;

/** A latency of a random shape, with a random deviation, whose best size is the one it has. */
function latencyOf(random: Random): Latency {
  const cost = random.of(Object.values(SHAPES))(random);
  const spread = random.of([0, 0, 0.05, 0.2]);
  return {
    known: true,
    b: cost(0),
    mean: cost,
    deviation: (units) => spread * cost(units),
    usual: (maxUnits) => maxUnits,
    best: (maxUnits) => {
      let best = maxUnits;
      for (let units = 1; units < maxUnits; units++) {
        if (cost(units) / units < 0.98 * (cost(best) / best)) best = units;
      }
      return best;
    },
  };
}

function strategyOf(random: Random): Strategy {
  const ms = random.below(30);
  return random.of<Strategy>([
    { name: "adaptive" },
    { name: "adaptive" },
    { name: "adaptive" },
    { name: "off" },
    { name: "fixedWindow", waitMs: ms },
    { name: "targetLatency", latencyMs: ms },
  ]);
}

/** A random situation, whose calls are in the order of their deadlines or of their callers. */
function situationOf(random: Random): Situation<Call> {
  const now = 1_000;
  const maxBatchSize = 1 + random.below(40);
  const [leftMs, looseShare, isWeighed] = [
    10 ** (3 * random.next()),
    random.next(),
    random.below(4) === 0,
  ];
  const isCut = random.below(2) === 0;
  const calls = Array.from({ length: random.below(60) }, (_, order): Call => {
    const rows = random.below(3) > 0 ? 1 : 1 + random.below(isCut ? 60 : maxBatchSize);
    const weight = isWeighed ? 1 + random.below(10) : 1;
    const left = random.next() < looseShare ? random.of([500, NEVER]) : leftMs * random.next();
    const [deadlineAt, enqueuedAt] = [now + left, now - random.below(20)];
    const whole = !isCut && rows <= maxBatchSize;
    return {
      name: `${order}`,
      rows,
      weight,
      units: rows * weight,
      whole,
      deadlineAt,
      enqueuedAt,
      order,
    };
  });
  if (random.below(3) > 0) calls.sort((one, other) => one.deadlineAt - other.deadlineAt);
  const workers = 1 + random.below(3);
  const free = random.below(workers + 1);
  return {
    now,
    calls,
    free,
    nextFreeInMs: free > 1 ? 0 : NEVER,
    freeInMs: free > 0 ? 0 : 20 * random.next(),
    waitingUnits: free > 0 ? 30 * random.next() : 0,
    ahead: free === 0 ? random.below(2) : 0,
    workers,
    lastSentAt: now - random.of([0, 1, 5, 50, 500]),
    maxBatchSize,
    maxBatchWeight: isWeighed && random.below(2) === 0 ? 10 + random.below(100) : NEVER,
    price: random.below(2) === 0 ? 0 : random.next(),
    strategy: strategyOf(random),
    latency: latencyOf(random),
    intervalMs: random.of([undefined, 0.1, 1, 10]),
  };
}

/** Returns the most rows of a weight in a batch. */
function maxRowsOf({ maxBatchSize, maxBatchWeight }: Situation<Call>, weight: number): number {
  return Math.max(1, Math.min(maxBatchSize, Math.floor(maxBatchWeight / weight)));
}

/** Returns the time by which a call has to start to be answered in time. */
function startsBy(given: Situation<Call>, { rows, weight, whole, deadlineAt }: Call): number {
  const first = whole ? rows : Math.min(rows, maxRowsOf(given, weight));
  return deadlineAt - high(given.latency, first * weight);
}

interface Seen {
  readonly given: Situation<Call>;
  readonly decision: ReturnType<typeof decide<Call>>;
  /** The rows that are sent, and their units. */
  readonly rows: number;
  readonly units: number;
  /** True if late calls are tried, since the latency may be outdated. */
  readonly isProbe: boolean;
}

/** Tests a property of many random decisions. */
function property(what: string, check: (seen: Seen) => void): void {
  test(`decide() ${what}, in random situations`, () => {
    seeded((random) => {
      for (let round = 0; round < ROUNDS; round++) {
        const given = situationOf(random);
        const decision = decide(given);
        const rows = decision.send.reduce((sum, share) => sum + share.rows, 0);
        const heaviest = Math.max(0, ...decision.send.map(({ call }) => call.weight));
        const isProbe =
          decision.send.length === 1 &&
          decision.send.some(({ call }) => startsBy(given, call) < given.now - ROUNDING);
        try {
          check({ given, decision, rows, units: rows * heaviest, isProbe });
        } catch (error) {
          throw new Error(`In round ${round}: ${JSON.stringify({ given, decision })}`, {
            cause: error,
          });
        }
      }
    });
  });
}

property("keeps to the bounds of a batch", ({ given, decision, rows, units }) => {
  assert.ok(rows <= given.maxBatchSize, `${rows} rows`);
  const [first] = decision.send;
  if (decision.send.length > 1) assert.ok(units <= given.maxBatchWeight, `${units} units`);
  else if (first && !first.call.whole) {
    assert.ok(rows <= maxRowsOf(given, first.call.weight), `${rows} rows of one call`);
  }
});

property("sends or refuses each call once, and cuts only the last one", ({ given, decision }) => {
  const { send, shed } = decision;
  const touched = [...send.map(({ call }) => call), ...shed];
  assert.equal(new Set(touched).size, touched.length);
  for (const call of touched) assert.ok([...given.calls].includes(call));
  for (const [at, { call, rows }] of send.entries()) {
    assert.ok(rows >= 1 && rows <= call.rows, `${rows} of ${call.rows} rows`);
    if (rows < call.rows) assert.ok(!call.whole && at === send.length - 1, "it is cut");
  }
  if (given.free === 0 && given.ahead === 0) assert.equal(send.length, 0);
  if (given.strategy.name === "off") assert.ok(send.length <= 1);
});

property("sends nothing that would be late", ({ given, decision, units, isProbe }) => {
  if (isProbe) return;
  const endsAt = given.now + high(given.latency, units);
  for (const { call } of decision.send) {
    assert.ok(endsAt <= call.deadlineAt + ROUNDING, `${call.name} ends at ${endsAt}`);
  }
});

property("refuses nothing that could be answered in time", ({ given, decision, isProbe }) => {
  const { now, free } = given;
  const first = decision.send.length > 0 && !isProbe ? decision.expectedMs : 0;
  for (const call of decision.shed) {
    // It can neither start now nor, if the only free worker is given other calls, after those.
    const startsAt = free === 1 ? now + first : now;
    assert.ok(startsBy(given, call) <= startsAt + ROUNDING, `${call.name} is refused`);
  }
});

property("leaves no call at the head that could not wait", ({ given, decision, isProbe }) => {
  const { now, free } = given;
  if (free !== 1 || isProbe || decision.send.length === 0) return;
  const sent = new Set(decision.send.map(({ call }) => call));
  for (const call of given.calls) {
    if (sent.has(call)) return;
    if (decision.shed.includes(call)) continue;
    const startsAt = now + decision.expectedMs;
    assert.ok(startsBy(given, call) >= startsAt - ROUNDING, `${call.name} has to start now`);
  }
});

property("lets no worker idle while waiting cannot pay", ({ given, decision }) => {
  const { now, free, workers, strategy, latency, intervalMs, lastSentAt } = given;
  if (free === 0 || decision.send.length > 0) return;
  const waiting = [...given.calls].filter((call) => !decision.shed.includes(call));
  if (waiting.length === 0) return;
  assert.ok(strategy.name !== "off", "calls are not joined");
  const { askAt = NEVER } = decision;
  assert.ok(askAt > now && askAt < NEVER, `it asks at ${askAt}`);
  if (strategy.name !== "adaptive") return;
  const apartMs = latency.b / workers;
  assert.ok(workers > 1 && intervalMs !== undefined && intervalMs < apartMs, "it waits");
  assert.ok(askAt <= lastSentAt + apartMs + ROUNDING, `it waits until ${askAt}`);
});

property("asks again before a call that waits would be late", ({ given, decision }) => {
  if (decision.send.length > 0) return;
  const [first] = [...given.calls].filter((call) => !decision.shed.includes(call));
  if (first === undefined) return;
  const { askAt } = decision;
  assert.ok(askAt !== undefined && askAt <= startsBy(given, first) + ROUNDING, `asks at ${askAt}`);
});

property(
  "says what it expects of the batch, and why it closed it",
  ({ given, decision, rows, units }) => {
    const { send, expectedMs, reason } = decision;
    if (send.length === 0) return;
    assert.ok(Math.abs(expectedMs - given.latency.mean(units)) < ROUNDING, `${expectedMs} ms`);
    const maxRows = maxRowsOf(given, send[0]?.call.weight ?? 1);
    if (rows >= maxRows && send.length > 1 && units === rows) assert.equal(reason, "full");
  },
);

test("decide() looks at a few of 100,000 waiting calls", () => {
  seeded((random) => {
    for (let round = 0; round < 20; round++) {
      const given = situationOf(random);
      let pulled = 0;
      const calls = (function* () {
        for (let order = 0; order < 100_000; order++) {
          pulled += 1;
          const deadlineAt = given.now + 1e6 + order;
          const own = { rows: 1, weight: 1, units: 1, whole: false, deadlineAt };
          yield { name: `${order}`, ...own, enqueuedAt: given.now, order } as Call;
        }
      })();
      decide({ ...given, calls });
      assert.ok(pulled <= 4 * given.maxBatchSize + 1, `${pulled} calls`);
    }
  });
});
