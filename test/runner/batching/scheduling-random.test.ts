import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../../src/error.ts";
import type { CallOptions } from "../../../src/runner/call-options.ts";
import { Schedule } from "../../../src/runner/pool/schedule.ts";
import type { WorkSource } from "../../../src/runner/pool/work-source.ts";
import { inOrder, type QueueItem } from "../../../src/runner/queue/call-group.ts";
import { CallQueue } from "../../../src/runner/queue/call-queue.ts";
import { type Random, seeded } from "../../support/random.ts";
import { type Bench, bench, double, numbers, rows, settled } from "../fake-workers.ts";
import { type Cost, SHAPES } from "../latency/costs.ts";

const NEVER = Number.POSITIVE_INFINITY;

interface Item extends QueueItem {
  rows: number;
}

test("CallQueue gives callers that always wait the same, but for a batch", () => {
  seeded((random) => {
    for (let round = 0; round < 30; round++) {
      const queue = new CallQueue<Item>();
      const maxRows = 1 + random.below(30);
      const callers = Array.from({ length: 2 + random.below(6) }, (_, at) => `caller ${at}`);
      const served = new Map(callers.map((caller) => [caller, 0]));
      const waiting = new Map<string, number>();
      let order = 0;
      const add = (caller: string): void => {
        const rows = 1 + random.below(maxRows);
        const deadlineAt = random.of([NEVER, 1_000 * random.next()]);
        waiting.set(caller, (waiting.get(caller) ?? 0) + 1);
        const item = { key: "", caller, rows, weight: 1, deadlineAt, order: order++ };
        queue.add(
          Object.defineProperty(item, "units", { get: () => item.rows }) as Item & typeof item,
        );
      };
      // The first one is greedy; the others always have a call or two.
      for (let greed = 0; greed < 200; greed++) add(callers[0] ?? "");
      for (let batch = 0; batch < 100; batch++) {
        for (const caller of callers) while ((waiting.get(caller) ?? 0) < 2) add(caller);
        const [group] = queue.first(1);
        assert.ok(group !== undefined);
        const shares: { call: Item; rows: number }[] = [];
        let room = 1 + random.below(maxRows);
        for (const call of inOrder(group)) {
          shares.push({ call, rows: Math.min(room, call.rows) });
          room -= call.rows;
          if (room <= 0) break;
        }
        queue.takeRows(shares, (call, taken) => {
          served.set(call.caller ?? "", (served.get(call.caller ?? "") ?? 0) + taken);
          call.rows -= taken;
          if (call.rows > 0) return;
          waiting.set(call.caller ?? "", (waiting.get(call.caller ?? "") ?? 0) - 1);
        });
        const counts = [...served.values()];
        const gap = Math.max(...counts) - Math.min(...counts);
        assert.ok(gap <= 2 * maxRows + 1, `a gap of ${gap} at ${maxRows} rows in batch ${batch}`);
      }
    }
  });
});

test("Schedule gives queues that always wait their shares, but for a batch", () => {
  seeded((random) => {
    for (let round = 0; round < 200; round++) {
      const schedule = new Schedule();
      const longestMs = 1 + 100 * random.next();
      const used: number[] = [];
      const sources = Array.from({ length: 2 + random.below(5) }, (_, at): WorkSource => {
        used.push(0);
        return {
          share: random.of([1, 1, 0.1]),
          waiting: 1,
          waitingSince: at,
          workMs: 1e9,
          served: 0,
          take() {
            const ms = longestMs * random.next();
            used[at] = (used[at] ?? 0) + ms / this.share;
            return ms;
          },
        };
      });
      for (const source of sources) schedule.add(source);
      for (let turn = 0; turn < 300; turn++) {
        assert.ok(schedule.next());
        const smallest = Math.min(...sources.map(({ share }) => share));
        const gap = Math.max(...used) - Math.min(...used);
        assert.ok(gap <= longestMs / smallest + 1e-6, `a gap of ${gap} ms`);
      }
    }
  });
});

/** A call of a simulation, and what became of it. */
interface Outcome {
  readonly sentAt: number;
  readonly deadlineAt: number;
  readonly options: CallOptions;
  readonly rows: number;
  settledAt?: number;
  refused?: boolean;
}

interface Load {
  readonly bench: Bench;
  readonly cost: Cost;
  readonly maxBatchSize: number;
  readonly workers: number;
  /** The calls a millisecond. */
  readonly rate: number;
  readonly durationMs: number;
  readonly optionsOf: (now: number) => CallOptions;
  readonly rowsOf: () => number;
  /** Called after each event. */
  readonly check?: () => void;
}

/** Runs calls that come at random times against workers that take exactly what the cost says. */
async function simulate(load: Load, random: Random): Promise<Outcome[]> {
  const { bench, cost, rate, durationMs, optionsOf, rowsOf, check } = load;
  const { batcher, workers, clock } = bench;
  const outcomes: Outcome[] = [];
  const pending: Promise<void>[] = [];
  let nextAt = 0;
  let value = 0;
  const call = (): void => {
    const options = optionsOf(clock.now());
    const count = rowsOf();
    const values = Array.from({ length: count }, () => value++ % 1_000_000);
    const { deadlineAt = NEVER } = options;
    const outcome: Outcome = { sentAt: clock.now(), deadlineAt, options, rows: count };
    outcomes.push(outcome);
    const answered = async (): Promise<void> => {
      try {
        const answer = await batcher.call(rows(...values), options);
        assert.deepEqual(
          numbers(answer),
          values.map((each) => 2 * each),
        );
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        assert.equal(error.code, "unavailable");
        outcome.refused = true;
      }
      outcome.settledAt = clock.now();
    };
    pending.push(answered());
  };
  for (;;) {
    const [first] = workers.running
      .slice(0, workers.size)
      .map((run) => ({
        run,
        endsAt: run.startedAt + cost((run.input as { shape: number[] }).shape[0] ?? 0),
      }))
      .sort((one, other) => one.endsAt - other.endsAt);
    const isOpen = nextAt < durationMs;
    const at = Math.min(first?.endsAt ?? NEVER, isOpen ? nextAt : NEVER);
    if (at === NEVER) {
      if (clock.pending === 0) break;
      clock.advance(1);
    } else clock.advance(Math.max(0, at - clock.now()));
    if (isOpen && at === nextAt) {
      call();
      nextAt += -Math.log(1 - random.next()) / rate;
    } else if (first !== undefined && at === first.endsAt) {
      first.run.resolve(double(first.run.input));
    }
    await settled();
    check?.();
    if (
      !isOpen &&
      workers.running.length === 0 &&
      outcomes.every(({ settledAt }) => settledAt !== undefined)
    )
      break;
  }
  await Promise.all(pending);
  return outcomes;
}

/** A batcher that knows its cost, on workers of a fake clock. */
function learned(cost: Cost, maxBatchSize: number, workers: number): Bench {
  const made = bench({ maxBatchSize, maxLatencyMs: 60_000 }, workers);
  for (let round = 0; round < 16; round++) {
    for (let size = 1; size <= maxBatchSize; size++) made.batcher.learn(size, cost(size));
  }
  return made;
}

/** Returns the calls a millisecond that full batches can answer. */
function capacityOf(cost: Cost, maxBatchSize: number, workers: number): number {
  return (workers * maxBatchSize) / cost(maxBatchSize);
}

for (const shape of ["flat", "linear", "padded"]) {
  for (const isMixed of [false, true]) {
    const deadlines = isMixed ? "deadlines that differ" : "one deadline";
    test(`Batcher answers in time what it admits: a ${shape} cost, ${deadlines}`, async () => {
      await seeded(async (random) => {
        const counts = { answered: 0, late: 0, refusedLater: 0 };
        for (let round = 0; round < 6; round++) {
          const cost = SHAPES[shape]?.(random) ?? (() => 1);
          const [maxBatchSize, workers] = [4 + random.below(20), 1 + random.below(3)];
          const used = learned(cost, maxBatchSize, workers);
          const rate = random.of([0.3, 0.9, 2]) * capacityOf(cost, maxBatchSize, workers);
          const leftMs = (1.5 + 4 * random.next()) * cost(maxBatchSize);
          const outcomes = await simulate(
            {
              ...{ bench: used, cost, maxBatchSize, workers, rate, durationMs: 400 / rate },
              optionsOf: (now) => ({
                deadlineAt: now + leftMs * (isMixed ? 0.5 + random.next() : 1),
              }),
              rowsOf: () => 1,
              check: () => {
                const { queuedCalls } = used.batcher.stats();
                const idles = used.workers.free > 0 && queuedCalls > 0 && workers === 1;
                assert.ok(!idles, `a worker idles while ${queuedCalls} calls wait`);
                assert.ok((used.sizes().at(-1) ?? 0) <= maxBatchSize);
              },
            },
            random,
          );
          for (const { settledAt = NEVER, sentAt, deadlineAt, refused } of outcomes) {
            assert.ok(settledAt < NEVER, "a call is neither answered nor refused");
            if (!refused) counts.answered += 1;
            if (!refused && settledAt > deadlineAt + 1e-6) counts.late += 1;
            if (refused && settledAt > sentAt) counts.refusedLater += 1;
          }
        }
        const { answered, late, refusedLater } = counts;
        assert.ok(late <= 0.02 * answered, `${late} of ${answered} answers are late`);
        // Calls that come later and have less time may take the place of one that was admitted.
        const most = (isMixed ? 0.2 : 0.05) * answered;
        assert.ok(refusedLater <= most, `${refusedLater} beside ${answered} are refused later`);
      });
    });
  }
}

test("Batcher serves a polite caller, a greedy one and bulk calls, and starves none", async () => {
  await seeded(async (random) => {
    for (let round = 0; round < 3; round++) {
      const cost: Cost = (units) => 5 + units;
      const used = learned(cost, 16, 1);
      const rate = 1.3 * capacityOf(cost, 16, 1);
      const outcomes = await simulate(
        {
          ...{ bench: used, cost, maxBatchSize: 16, workers: 1, rate, durationMs: 3_000 },
          optionsOf: () => {
            const caller = random.below(10) === 0 ? "polite" : "greedy";
            return { caller, lane: random.below(3) === 0 ? "bulk" : "interactive" };
          },
          rowsOf: () => 1,
        },
        random,
      );
      const of = (caller: string, lane: string): number[] =>
        outcomes
          .filter(
            ({ options, refused }) =>
              options.caller === caller && options.lane === lane && !refused,
          )
          .map(({ sentAt, settledAt = NEVER }) => settledAt - sentAt)
          .sort((one, other) => one - other);
      const polite = of("polite", "interactive");
      const slowest = polite[Math.floor(0.99 * polite.length)] ?? NEVER;
      // It waits for the batch that runs, at most for one of the bulk lane, and for its own.
      assert.ok(slowest <= 4 * cost(16), `the polite caller waits ${slowest} ms`);
      // The bulk lane goes on while the other one is overloaded.
      const during = outcomes.filter(
        ({ options, settledAt = NEVER, refused }) =>
          options.lane === "bulk" && !refused && settledAt < 3_000,
      );
      assert.ok(during.length > 20, `${during.length} calls of the bulk lane`);
    }
  });
});
