import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteBudget, defaultHeldBytes } from "../src/byte-budget.ts";

test("ByteBudget counts the bytes of all shares, and refuses more", () => {
  const budget = new ByteBudget(100);
  const [one, other] = [budget.open(), budget.open((text) => new RangeError(text))];
  one.hold(60);
  other.hold(40);
  assert.equal(budget.heldBytes, 100);
  assert.throws(() => one.hold(61), {
    code: "unavailable",
    retryAfterSeconds: 1,
    message: "Requests hold all of the 100 bytes that they may hold together: try again later",
  });
  assert.throws(() => other.hold(41), { name: "RangeError" });
  assert.deepEqual([one.heldBytes, other.heldBytes], [60, 40]);
  one.hold(10);
  other.hold(90);
  one.close();
  one.close();
  one.hold(1000); // what comes too late is not counted
  assert.deepEqual([one.heldBytes, budget.heldBytes], [0, 90]);
  other.close();
  assert.equal(budget.heldBytes, 0);
});

test("defaultHeldBytes() leaves room for four of the largest", () => {
  assert.equal(defaultHeldBytes(1), 512 * 1024 * 1024);
  assert.equal(defaultHeldBytes(1024 ** 3), 4 * 1024 ** 3);
});

test("Share.holdAhead() takes at most half of the budget", () => {
  const budget = new ByteBudget(100);
  const [one, other] = [budget.open(), budget.open()];
  assert.equal(one.holdAhead(51), false);
  assert.equal(one.holdAhead(30), true);
  assert.equal(one.heldBytes, 30);
  assert.equal(other.holdAhead(21), false);
  assert.equal(other.holdAhead(20), true);
  one.hold(60); // what has arrived is bounded by the whole budget alone
  assert.equal(one.holdAhead(60), false);
  other.close();
  assert.equal(other.holdAhead(1), false);
  one.close();
  assert.equal(budget.heldBytes, 0);
});
