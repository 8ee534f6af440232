import assert from "node:assert/strict";
import { test } from "node:test";
import { Leases } from "../../src/repository/leases.ts";
import { LoadGate } from "../../src/repository/load-gate.ts";
import { NoRoomError, Room, type Tenant } from "../../src/repository/room.ts";
import { RunnerNames } from "../../src/repository/runner-name.ts";
import { Serial } from "../../src/repository/serial.ts";
import type { ServedModel } from "../../src/service/models.ts";
import { FakeClock } from "../support/fake-clock.ts";

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

test("Leases say when nobody uses a version any more", async () => {
  const clock = new FakeClock();
  let idle = 0;
  const leases = new Leases(() => idle++);
  const model = {} as ServedModel;
  assert.equal(await leases.drained(10, clock), true);
  const [one, other] = [leases.take(model), leases.take(model)];
  assert.equal(one.model, model);
  const drained = leases.drained(10, clock);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  assert.deepEqual([leases.count, idle], [1, 0]);
  other[Symbol.dispose]();
  assert.equal(await drained, true);
  assert.deepEqual([leases.count, idle, clock.pending], [0, 1, 0]);
  const late = leases.take(model);
  const waited = leases.drained(10, clock);
  clock.advance(10);
  assert.equal(await waited, false);
  late[Symbol.dispose]();
  assert.deepEqual([leases.count, idle], [0, 2]);
});

test("LoadGate lets a number of loads run at once, in their order", async () => {
  const gate = new LoadGate(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const runs = ends.map(({ promise }, at) =>
    gate.run(() => {
      begun.push(at);
      return promise;
    }),
  );
  await turns();
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.reject(new Error("broken"));
  await assert.rejects(runs[1] ?? Promise.resolve(), /broken/);
  await turns();
  assert.deepEqual(begun, [0, 1, 2]);
  gate.close(new Error("closed"));
  await assert.rejects(runs[3] ?? Promise.resolve(), /closed/);
  await assert.rejects(runs[4] ?? Promise.resolve(), /closed/);
  await assert.rejects(
    gate.run(async () => 1),
    /closed/,
  );
  ends[0]?.resolve(7);
  ends[2]?.resolve(8);
  assert.deepEqual(await Promise.all([runs[0], runs[2]]), [7, 8]);
});

test("Serial runs operations one after the other, and refuses too many", async () => {
  const serial = new Serial("a");
  const first = Promise.withResolvers<void>();
  const order: string[] = [];
  const one = serial.run(() => first.promise);
  const failing = serial.run(async () => {
    order.push("fails");
    throw new Error("broken");
  });
  const after = serial.run(async () => void order.push("after"));
  assert.equal(serial.isBusy, true);
  await turns();
  assert.deepEqual(order, []);
  first.resolve();
  await one;
  await assert.rejects(failing, /broken/);
  await after;
  assert.deepEqual(order, ["fails", "after"]);
  assert.equal(serial.isBusy, false);
  const many = Array.from({ length: 17 }, () => serial.run(async () => {}));
  await assert.rejects(
    serial.run(async () => {}),
    {
      code: "resource_exhausted",
      message: 'Model "a" has 16 loads and unloads waiting already',
    },
  );
  await Promise.all(many);
  await serial.run(async () => {});
});

class FakeTenant implements Tenant {
  readonly name: string;
  isEvictable = true;
  evictions = 0;
  /** Awaited by its eviction. */
  gate: Promise<void> = Promise.resolve();

  constructor(name: string) {
    this.name = name;
  }

  async evict(): Promise<void> {
    this.evictions += 1;
    await this.gate;
  }
}

test("Room makes the one that was used least recently leave for the next", async () => {
  const clock = new FakeClock();
  const room = new Room(2, clock);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => new FakeTenant(name));
  assert.ok(a && b && c && d);
  await room.enter(a, 100);
  await room.enter(b, 100);
  await room.enter(a, 100); // it has a place already
  room.touch(a);
  const gate = Promise.withResolvers<void>();
  b.gate = gate.promise;
  let isIn = false;
  const entered = room.enter(c, 100).then(() => {
    isIn = true;
  });
  await turns();
  assert.deepEqual([a.evictions, b.evictions, isIn], [0, 1, false], "it waits for the memory");
  gate.resolve();
  await entered;

  // The others are in use: the next waits for one of them, or for its time.
  a.isEvictable = false;
  c.isEvictable = false;
  const waiting = room.enter(d, 100);
  const late = room.enter(b, 50);
  const failed = assert.rejects(late, (error) => {
    assert.ok(error instanceof NoRoomError);
    assert.deepEqual(
      [error.code, error.retryAfterSeconds, error.message],
      ["unavailable", 1, 'There is no room to load model "b": the 2 that are loaded are in use'],
    );
    return true;
  });
  room.changed();
  clock.advance(50);
  await failed;
  c.isEvictable = true;
  room.changed();
  await waiting;
  assert.deepEqual([a.evictions, c.evictions, clock.pending], [0, 1, 0]);
  d.isEvictable = false;
  const next = room.enter(b, 100);
  room.leave(d);
  await next;
  assert.equal(d.evictions + a.evictions, 0);
});

test("Room refuses those that are too many, and all when it is closed", async () => {
  const clock = new FakeClock();
  const room = new Room(1, clock);
  const busy = new FakeTenant("busy");
  busy.isEvictable = false;
  await room.enter(busy, 1);
  const waiting = Array.from({ length: 100 }, (_, at) => room.enter(new FakeTenant(`${at}`), 9));
  const ended = Promise.allSettled(waiting);
  await assert.rejects(room.enter(new FakeTenant("more"), 9), /too many others wait for a place/);
  room.close(new NoRoomError("unavailable", "closed"));
  assert.ok((await ended).every(({ status }) => status === "rejected"));
  assert.equal(clock.pending, 0);
});

test("RunnerNames are stable, unlike each other, and free for others again", () => {
  const names = new RunnerNames();
  assert.deepEqual([names.of("A b"), names.of("a-b"), names.of("A b")], ["a-b", "a-b-2", "a-b"]);
  assert.deepEqual([names.of("a", "1"), names.of("a.v1"), names.of("a")], ["a.v1", "a.v1-2", "a"]);
  assert.deepEqual(
    [names.of("a", "1.0"), names.of("a", "1/0"), names.of("a", "é")],
    ["a.v1.0", "a.v1-0", "a.vx"],
  );
  const long = "x".repeat(300);
  for (const name of [names.of(long), names.of(long, long), names.of(`${long}y`, long)]) {
    assert.match(name, /^[a-z0-9][a-z0-9._-]{0,62}$/);
  }
  names.forget("A b");
  assert.equal(names.of("a B"), "a-b");
});
