import assert from "node:assert/strict";
import { test } from "node:test";
import { BEAT_MS, Heartbeat, MAX_MISSED_BEATS } from "../../../src/executor/web/heartbeat.ts";
import type { FromWorker, ToWorker } from "../../../src/worker/protocol.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type Random, seeded } from "../../support/random.ts";

const RUN: ToWorker = { kind: "run", id: 1, method: "m", input: 0 };
const RESULT = { kind: "result" } as FromWorker;
const READY = { kind: "ready" } as FromWorker;
const PONG: FromWorker = { kind: "pong" };

function made() {
  const clock = new FakeClock();
  const counts = { pings: 0, silences: 0 };
  const heartbeat = new Heartbeat(
    clock,
    () => {
      counts.pings += 1;
    },
    () => {
      counts.silences += 1;
    },
  );
  return { clock, counts, heartbeat };
}

/** The time in which a silent worker is found, from its last answer. */
const LIMIT_MS = (MAX_MISSED_BEATS + 1) * BEAT_MS;

test("Heartbeat sends no ping while a worker loads, runs a call or closes", () => {
  const work: readonly (readonly [string, (heartbeat: Heartbeat) => void])[] = [
    ["loads", () => {}],
    [
      "runs a call",
      (heartbeat) => {
        heartbeat.received(READY);
        heartbeat.sending(RUN);
        heartbeat.received(PONG);
      },
    ],
    [
      "closes",
      (heartbeat) => {
        heartbeat.received(READY);
        heartbeat.sending({ kind: "close" });
        heartbeat.received(PONG);
      },
    ],
  ];
  for (const [name, begin] of work) {
    const { clock, counts, heartbeat } = made();
    begin(heartbeat);
    const { pings } = counts;
    clock.advance(100 * LIMIT_MS);
    assert.deepEqual(counts, { pings, silences: 0 }, name);
  }
});

test("Heartbeat pings an idle worker at each beat, and never twice at once", () => {
  const { clock, counts, heartbeat } = made();
  heartbeat.received(READY);
  for (let beat = 1; beat <= 3; beat++) {
    clock.advance(BEAT_MS);
    assert.equal(counts.pings, beat);
    heartbeat.received(PONG);
  }
  clock.advance((MAX_MISSED_BEATS - 1) * BEAT_MS);
  heartbeat.sending(RUN);
  assert.equal(counts.pings, 4, "one is unanswered");
});

test("Heartbeat finds a worker that does not answer, once", () => {
  const { clock, counts, heartbeat } = made();
  heartbeat.received(READY);
  clock.advance(LIMIT_MS - 1);
  assert.equal(counts.silences, 0);
  clock.advance(1);
  assert.equal(counts.silences, 1);
  clock.advance(100 * LIMIT_MS);
  assert.deepEqual([counts, clock.pending], [{ pings: 1, silences: 1 }, 0]);
});

test("Heartbeat finds a worker that ended before a call, which it never runs", () => {
  const { clock, counts, heartbeat } = made();
  heartbeat.received(READY);
  heartbeat.sending(RUN);
  assert.equal(counts.pings, 1, "before the call");
  clock.advance(LIMIT_MS);
  assert.equal(counts.silences, 1);
});

test("Heartbeat waits for a worker that computes for long", () => {
  const { clock, counts, heartbeat } = made();
  heartbeat.received(READY);
  heartbeat.sending(RUN);
  heartbeat.received(PONG);
  heartbeat.sending(RUN); // sent ahead, and not begun
  clock.advance(100 * LIMIT_MS);
  heartbeat.received(RESULT);
  clock.advance(100 * LIMIT_MS);
  heartbeat.received(RESULT);
  assert.deepEqual(counts, { pings: 1, silences: 0 });
  clock.advance(BEAT_MS);
  assert.equal(counts.pings, 2, "it is idle again");
});

test("Heartbeat counts the beats of a page that was suspended, and not the time", () => {
  const { counts } = made();
  /** A clock whose timers are late by an hour, as those of a suspended page are. */
  const late: (() => void)[] = [];
  const heartbeat = new Heartbeat(
    {
      now: () => 0,
      after: (_, callback) => {
        late.push(callback);
        return () => {};
      },
    },
    () => {
      counts.pings += 1;
    },
    () => {
      counts.silences += 1;
    },
  );
  heartbeat.received(READY);
  late.shift()?.();
  late.shift()?.(); // an hour later, before the answer is read
  heartbeat.received(PONG);
  for (let beat = 0; beat < 2 * MAX_MISSED_BEATS; beat++) {
    late.shift()?.();
    heartbeat.received(PONG);
  }
  assert.equal(counts.silences, 0);
});

test("Heartbeat stops", () => {
  const { clock, counts, heartbeat } = made();
  heartbeat.received(READY);
  heartbeat.stop();
  assert.equal(clock.pending, 0);
  clock.advance(100 * LIMIT_MS);
  assert.deepEqual(counts, { pings: 0, silences: 0 });
});

/** A worker that handles its messages one after the other, for as long as it lives. */
class SimulatedWorker {
  isAlive = true;
  isBusy = true;
  /** The time of its end, if it had no call then. */
  endedAt: number | undefined;
  unanswered = 0;
  silentAt: number | undefined;
  readonly clock = new FakeClock();
  readonly heartbeat: Heartbeat;
  readonly #random: Random;
  readonly #inbox: ("ping" | "run")[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.heartbeat = new Heartbeat(
      this.clock,
      () => {
        this.unanswered += 1;
        this.#take("ping");
      },
      () => {
        this.silentAt = this.clock.now();
      },
    );
    this.#work({ kind: "ready" } as FromWorker);
  }

  run(): void {
    this.heartbeat.sending(RUN);
    this.#take("run");
  }

  end(): void {
    this.isAlive = false;
    if (!this.isBusy) this.endedAt ??= this.clock.now();
  }

  #take(message: "ping" | "run"): void {
    this.#inbox.push(message);
    queueMicrotask(() => this.#next());
  }

  #next(): void {
    while (this.isAlive && !this.isBusy) {
      const message = this.#inbox.shift();
      if (message === undefined) return;
      if (message === "run") this.#work(RESULT);
      else {
        this.unanswered -= 1;
        this.heartbeat.received(PONG);
      }
    }
  }

  /** Computes for a while, often for much longer than the limit of the heartbeat. */
  #work(answer: FromWorker): void {
    this.isBusy = true;
    this.clock.after(this.#random.of([1, 100, BEAT_MS, 20 * LIMIT_MS]), () => {
      if (!this.isAlive) return;
      this.isBusy = false;
      this.heartbeat.received(answer);
      this.#next();
    });
  }
}

test("Heartbeat finds every worker that ended while it was idle, and no live one", () =>
  seeded(async (random) => {
    for (let round = 0; round < 200; round++) {
      const worker = new SimulatedWorker(random);
      for (let step = 0; step < 60 && worker.silentAt === undefined; step++) {
        const action = random.below(10);
        if (action < 3) worker.run();
        else if (action === 3 && random.below(4) === 0) worker.end();
        for (let turn = 0; turn < 5; turn++) {
          worker.clock.advance(random.below(2 * BEAT_MS));
          await Promise.resolve();
          await Promise.resolve();
        }
        assert.ok(worker.unanswered <= 1);
        if (worker.silentAt !== undefined) assert.ok(!worker.isAlive, "it lives");
      }
      const { endedAt } = worker;
      if (endedAt === undefined) continue;
      worker.clock.advance(LIMIT_MS);
      assert.ok(worker.silentAt !== undefined && worker.silentAt <= endedAt + LIMIT_MS + BEAT_MS);
    }
  }));
