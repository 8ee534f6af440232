import assert from "node:assert/strict";
import { test } from "node:test";
import { finish } from "../../../src/io/steps.ts";
import { frameOfCsv } from "../../../src/io/table/frame-csv.ts";

/** Numbers beyond ±(2^53-1) are strings of digits here, where pandas has int64, uint64 or int. */
const BIG = "9007199254740993";

/** The fields of a column, and the cells that pandas 3.1 reads. */
const PANDAS: readonly (readonly [fields: readonly string[], cells: readonly unknown[]])[] = [
  [
    ["1", "", "NA", "nan", "NaN", "null", "NULL", "N/A", "#N/A", "None"],
    [1, ...Array.from({ length: 9 }, () => null)],
  ],
  [
    ["x", "<NA>", "n/a", "#NA", "#N/A N/A", "-nan", "-NaN", "1.#IND", "-1.#QNAN", "-1.#IND"],
    ["x", ...Array.from({ length: 9 }, () => null)],
  ],
  [
    ["NA", ""],
    [null, null],
  ],
  [
    ["true", "NA"],
    [true, null],
  ],
  [
    ["Null", "na", "NAN", " NA", "none", "+nan"],
    ["Null", "na", "NAN", " NA", "none", "+nan"],
  ],
  [
    ["inf", "-inf", "Infinity", "-infinity", "+INF", ""],
    [Infinity, -Infinity, Infinity, -Infinity, Infinity, null],
  ],
  [
    ["inf", "x"],
    ["inf", "x"],
  ],
  [
    [" inf", "1"],
    [" inf", "1"],
  ],
  [
    ["1e400", "-1e309", "1e-400", "0e999"],
    [Infinity, -Infinity, 0, 0],
  ],
  [
    ["007", "+1", "-0", " 2 ", "\t3", "-007"],
    [7, 1, 0, 2, 3, -7],
  ],
  [
    ["1.", ".5", "1e5", "1E+5", "-0.0", " 1.5 "],
    [1, 0.5, 1e5, 1e5, -0, 1.5],
  ],
  [
    ["1", "1e"],
    ["1", "1e"],
  ],
  ...["+", ".", "1 2", "1,000", "1_000", "0x10", "1d5", "--1", "１", "1\u00a0", "1e5.5", "yes"].map(
    (field) =>
      [
        [field, "1"],
        [field, "1"],
      ] as const,
  ),
  [
    ["True", "FALSE", "tRue"],
    [true, false, true],
  ],
  [
    ["True", "1"],
    ["True", "1"],
  ],
  [
    [" true", "false"],
    [" true", "false"],
  ],
  [
    ["1", "true"],
    ["1", "true"],
  ],
  [
    ["1.50", "x"],
    ["1.50", "x"],
  ],
  [
    [BIG, "1"],
    [BIG, 1],
  ],
  [
    [`+00${BIG}`, `-${BIG}`],
    [BIG, `-${BIG}`],
  ],
  [
    [BIG, ""],
    [9007199254740992, null],
  ],
  [
    ["-9223372036854775808", ""],
    [-(2 ** 63), null],
  ],
  [
    ["9223372036854775808", "NA"],
    ["9223372036854775808", null],
  ],
  [
    ["18446744073709551616", "1"],
    ["18446744073709551616", 1],
  ],
  [
    ["12345678901234567890", "1.5"],
    [1.2345678901234567e19, 1.5],
  ],
];

for (const [fields, cells] of PANDAS) {
  test(`inferCells() reads ${JSON.stringify(fields)} as pandas does`, () => {
    for (const quoted of [false, true]) {
      const lines = fields.map((field) =>
        quoted || field.includes(",") ? `0,"${field}"` : `0,${field}`,
      );
      const frame = finish(frameOfCsv(["n,a", ...lines].join("\n")));
      assert.deepEqual(frame.data[1], cells);
    }
  });
}
