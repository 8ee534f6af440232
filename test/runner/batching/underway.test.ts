import assert from "node:assert/strict";
import { test } from "node:test";
import { Underway } from "../../../src/runner/batching/underway.ts";

test("Underway counts each batch until it leaves, once", () => {
  const underway = new Underway();
  const [first, second] = [underway.enter(), underway.enter()];
  assert.equal(underway.batches, 2);
  first();
  first();
  assert.equal(underway.batches, 1);
  second();
  assert.equal(underway.batches, 0);
});
