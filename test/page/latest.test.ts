import assert from "node:assert/strict";
import { test } from "node:test";
import { latest } from "../../src/page/latest.ts";
import { baseOf } from "../../src/page/server.ts";
import { byteText, durationText, numberText } from "../../src/page/text.ts";

test("latest() has one run at a time, and the last change wins", async () => {
  let stroke = 0;
  const runs: number[] = [];
  const ends: (() => void)[] = [];
  const ask = latest(() => {
    runs.push(stroke);
    return new Promise((resolve) => ends.push(resolve));
  });
  for (stroke = 1; stroke <= 5; stroke += 1) ask();
  assert.deepEqual(runs, [1]);
  ends[0]?.();
  await Promise.resolve();
  assert.deepEqual(runs, [1, 6]);
  ends[1]?.();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(runs, [1, 6], "nothing has changed since");
  ask();
  assert.equal(runs.length, 3);
});

test("baseOf() is the URL of the page with a slash at its end", () => {
  const cases = [
    ["http://h:3000/", "http://h:3000/"],
    ["http://h:3000/?ui=x#/api/a", "http://h:3000/"],
    ["https://h/ml", "https://h/ml/"],
    ["https://h/a/ml/?x", "https://h/a/ml/"],
  ];
  for (const [url = "", base] of cases) assert.equal(baseOf(url), base);
});

test("numbers, sizes and durations are short", () => {
  assert.deepEqual(
    [numberText(0.123456), numberText(12), numberText(1e-7)],
    ["0.1235", "12", "1.00e-7"],
  );
  assert.deepEqual(
    [byteText(12), byteText(1234), byteText(45_600_000)],
    ["12 B", "1.2 kB", "45.6 MB"],
  );
  assert.deepEqual(
    [durationText(1.23), durationText(45.6), durationText(2345)],
    ["1.2 ms", "46 ms", "2.35 s"],
  );
});
