import assert from "node:assert/strict";
import { test } from "node:test";
import { type Lead, leadOf, waitFor } from "../../src/runtime/drain-lead.ts";

test("leadOf() returns the given lead for every stop, and by default none for close()", () => {
  assert.deepEqual(leadOf("signal", 0), { minMs: 0, maxMs: 0 });
  assert.deepEqual(leadOf("signal", 700), { minMs: 700, maxMs: 700 });
  assert.deepEqual(leadOf("exception", 700), { minMs: 700, maxMs: 700 });
  assert.deepEqual(leadOf("code", 700), { minMs: 700, maxMs: 700 });
  assert.deepEqual(leadOf("code", undefined), { minMs: 0, maxMs: 0 });
});

const lead: Lead = { minMs: 5000, maxMs: 8000 };

/** How long ago the last request is by then, when the lead is cut short, and how long it lasts. */
const cases: readonly (readonly [
  what: string,
  lead: Lead,
  quietMs: (nowMs: number) => number,
  cutAtMs: number,
  lastsMs: number,
])[] = [
  ["none", { minMs: 0, maxMs: 0 }, () => 0, Number.POSITIVE_INFINITY, 0],
  ["without requests", lead, (nowMs) => nowMs, Number.POSITIVE_INFINITY, 5000],
  ["with requests all the time", lead, () => 0, Number.POSITIVE_INFINITY, 8000],
  ["with the last one at 5.2 s", lead, (nowMs) => nowMs - 5200, Number.POSITIVE_INFINITY, 6200],
  ["that is fixed", { minMs: 700, maxMs: 700 }, () => 0, Number.POSITIVE_INFINITY, 700],
  ["that is cut at once", lead, () => 0, 0, 0],
  ["that is cut while requests still come", lead, () => 0, 6000, 6000],
];

for (const [what, given, quietMs, cutAtMs, lastsMs] of cases) {
  test(`waitFor() waits for a lead ${what}`, async () => {
    const cut = new AbortController();
    let nowMs = 0;
    await waitFor(given, {
      signal: cut.signal,
      quietMs: () => quietMs(nowMs),
      async wait(ms) {
        nowMs = Math.min(nowMs + ms, cutAtMs);
        if (nowMs === cutAtMs) cut.abort();
      },
    });
    assert.equal(nowMs, lastsMs);
  });
}
