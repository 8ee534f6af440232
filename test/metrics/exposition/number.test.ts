import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBound, formatValue } from "../../../src/metrics/exposition/number.ts";

test("formatBound() writes numbers as Python's client does", () => {
  const cases = [
    [0, "0.0"],
    [1, "1.0"],
    [0.005, "0.005"],
    [0.075, "0.075"],
    [7.5, "7.5"],
    [10, "10.0"],
    [0.15000000000000002, "0.15000000000000002"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.000012, "1.2e-05"],
    [1e-10, "1e-10"],
    [1e-100, "1e-100"],
    [100_000, "100000.0"],
    [999_999.5, "999999.5"],
    [1e6, "1e+06"],
    [1_234_567, "1.234567e+06"],
    [1_234_567.5, "1.2345675e+06"],
    [1e10, "1e+10"],
    [1e23, "1e+23"],
    [1.1e23, "1.1e+23"],
    [-1, "-1.0"],
    [-1e6, "-1000000.0"],
    [-1e-5, "-1e-05"],
    [-1e16, "-1e+16"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [Number.NaN, "NaN"],
  ] as const;
  for (const [value, text] of cases) assert.equal(formatBound(value), text);
});

test("formatValue() writes numbers that Go reads", () => {
  const cases = [
    [0, "0"],
    [3, "3"],
    [0.1, "0.1"],
    [1e21, "1e+21"],
    [1e-7, "1e-7"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [Number.NaN, "NaN"],
  ] as const;
  for (const [value, text] of cases) assert.equal(formatValue(value), text);
});
