import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf, quiet } from "../exposed.ts";

const help = "x";

test("Counter starts at 0 and counts", async () => {
  const registry = quiet();
  const plain = registry.counter("plain", { help });
  const labelled = registry.counter("labelled", { help, labels: ["digit"] });
  assert.deepEqual(await linesOf(registry), ["plain_total 0"]);
  plain.inc();
  plain.inc(2);
  plain.inc(0.5);
  plain.inc(0);
  labelled.inc({ digit: "3" });
  labelled.inc({ digit: "3" }, 2);
  const child = labelled.labels({ digit: "4" });
  assert.deepEqual(await linesOf(registry), [
    "plain_total 3.5",
    'labelled_total{digit="3"} 3',
    'labelled_total{digit="4"} 0',
  ]);
  child.inc();
  child.inc(4);
  assert.deepEqual(await linesOf(registry, 'labelled_total{digit="4"}'), [
    'labelled_total{digit="4"} 5',
  ]);
});

test("Counter.inc() refuses amounts that are negative or not finite", async () => {
  const registry = quiet();
  const counter = registry.counter("x", { help });
  counter.inc(1);
  for (const amount of [-1, -0.001, Number.NaN, Number.POSITIVE_INFINITY, "1", null]) {
    assert.throws(() => counter.inc(amount as number), {
      name: "RangeError",
      message: `Cannot increase counter "x_total" by ${amount}: it must be a number from 0 up`,
    });
  }
  assert.deepEqual(await linesOf(registry), ["x_total 1"]);
});

test("Counter.countExceptions() counts errors and throws them again", async () => {
  const registry = quiet();
  const counter = registry.counter("x", { help, labels: ["kind"] });
  const error = new Error("no");
  const sync = counter.countExceptions({ kind: "sync" }, (fail: boolean) => {
    if (fail) throw error;
    return 1;
  });
  const async = counter.countExceptions({ kind: "async" }, async (fail: boolean) => {
    await Promise.resolve();
    if (fail) throw error;
    return 2;
  });
  assert.equal(sync(false), 1);
  assert.throws(() => sync(true), error);
  assert.equal(await async(false), 2);
  await assert.rejects(async(true), error);
  await assert.rejects(async(true), error);
  assert.deepEqual(await linesOf(registry), ['x_total{kind="sync"} 1', 'x_total{kind="async"} 2']);
});

test("Counter.countExceptions() keeps `this`", () => {
  const counter = quiet().counter("x", { help });
  const owner = {
    name: "owner",
    get: counter.countExceptions(function (this: { name: string }) {
      return this.name;
    }),
  };
  assert.equal(owner.get(), "owner");
});
