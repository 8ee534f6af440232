import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonFloat } from "../../../src/io/json/python-float.ts";

/** Numbers, and the text of Python's `repr`. */
const REPR: readonly (readonly [value: number, text: string])[] = [
  [0, "0.0"],
  [-0, "-0.0"],
  [1, "1.0"],
  [-1.5, "-1.5"],
  [0.1, "0.1"],
  [1e15, "1000000000000000.0"],
  [1e16, "1e+16"],
  [1.5e16, "1.5e+16"],
  [123456789012345680, "1.2345678901234568e+17"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [1.25e-7, "1.25e-07"],
  [1e22, "1e+22"],
  [1e100, "1e+100"],
  [5e-324, "5e-324"],
  [Number.MAX_VALUE, "1.7976931348623157e+308"],
  [Number.NaN, "nan"],
  [Number.POSITIVE_INFINITY, "inf"],
  [Number.NEGATIVE_INFINITY, "-inf"],
];

for (const [value, text] of REPR) {
  test(`pythonFloat() of ${text}`, () => {
    assert.equal(pythonFloat(value), text);
  });
}
