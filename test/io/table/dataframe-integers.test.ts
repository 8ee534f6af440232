import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cell } from "../../../src/io/table/cell.ts";
import {
  type DataFrame,
  type DataFrameOptions,
  dataframe,
} from "../../../src/io/table/dataframe.ts";

const decode = async (options: DataFrameOptions, text: string): Promise<DataFrame> =>
  dataframe(options).decode({ bytes: new TextEncoder().encode(text), type: undefined });
const encode = async (options: DataFrameOptions, value: DataFrame): Promise<string> =>
  new TextDecoder().decode((await dataframe(options).encode(value)).bytes);

const BIG = "9007199254740993";

/** What pandas 3's `to_json(orient="values")` writes for columns of these cells. */
const INTEGERS: readonly (readonly [DataFrameOptions["dtype"], readonly Cell[], string])[] = [
  [{ x: "int64" }, [BIG, "-9223372036854775808", 1], `[[${BIG}],[-9223372036854775808],[1]]`],
  [{ x: "uint64" }, ["18446744073709551615", null], "[[18446744073709551615],[null]]"],
  [{ x: "int64" }, ["7"], "[[7]]"],
  [undefined, [BIG, 1, null], `[[${BIG}],[1],[null]]`],
  [undefined, [`-${BIG}`, 0.5], `[[-${BIG}],[0.5]]`],
  [undefined, ["99999999999999999999999", 1], "[[99999999999999999999999],[1]]"],
  // What may be text stays text: alone, and next to other text.
  [undefined, [BIG, null], `[["${BIG}"],[null]]`],
  [undefined, [BIG, 1, "12"], `[["${BIG}"],[1],["12"]]`],
  [undefined, [BIG, 1, "0009007199254740993"], `[["${BIG}"],[1],["0009007199254740993"]]`],
  [undefined, [BIG, 1, true], `[["${BIG}"],[1],[true]]`],
  [{ x: "string" }, [BIG, "1"], `[["${BIG}"],["1"]]`],
];

for (const [dtype, cells, text] of INTEGERS) {
  test(`dataframe() writes ${JSON.stringify(cells)} as ${dtype?.["x"]}`, async () => {
    const frame = { columns: ["x"], data: [cells] };
    assert.equal(await encode({ orient: "values", dtype }, frame), text);
  });
}

test("dataframe() answers integers beyond 2^53 as they were sent, in every orient", async () => {
  for (const orient of ["records", "columns", "index", "split", "values"] as const) {
    const frame = {
      columns: ["0", "1"],
      data: [
        ["9223372036854775807", 1],
        ["a", "b"],
      ],
    };
    const text = await encode({ orient }, frame);
    assert.match(text, /[[:]9223372036854775807[,}]/);
    assert.deepEqual(await decode({ orient }, text), frame);
  }
});
