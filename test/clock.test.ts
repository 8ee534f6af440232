import assert from "node:assert/strict";
import { test } from "node:test";
import { within } from "../src/clock.ts";
import { FakeClock } from "./support/fake-clock.ts";

test("within() returns what comes in time, and no timer is left", async () => {
  const clock = new FakeClock();
  assert.equal(await within(Promise.resolve(1), 1_000, "late", clock), 1);
  await assert.rejects(within(Promise.reject(new Error("bad")), 1_000, "late", clock), /bad/);
  assert.equal(clock.pending, 0);
  const never = within(new Promise(() => {}), 1_000, "late", clock);
  clock.advance(1_000);
  await assert.rejects(never, { message: "late" });
});
