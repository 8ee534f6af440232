import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DataFrame,
  type DataFrameOptions,
  dataframe,
} from "../../../src/io/table/dataframe.ts";

const decode = async (options: DataFrameOptions, text: string, type?: string): Promise<DataFrame> =>
  dataframe(options).decode({ bytes: new TextEncoder().encode(text), type });

const sparse = JSON.stringify(Array.from({ length: 5000 }, (_, at) => ({ [`k${at}`]: at })));

const TOO_LARGE: readonly [DataFrameOptions, string, RegExp][] = [
  [{}, sparse, /at most 2000000 cells/],
  [{ maxCells: 4 }, '[{"a":1},{"a":1,"b":2},{"a":1}]', /at most 4 cells/],
  [{ maxCells: 2 }, "[{},{},{}]", /at most 2 cells/],
  [{ maxCells: 2 }, '[{"a":1,"b":1,"c":1}]', /at most 2 cells/],
  [{ orient: "index", maxCells: 2 }, '{"x":{},"y":{},"z":{}}', /at most 2 cells/],
  [{ orient: "columns", maxCells: 2 }, '{"a":[1,1,1]}', /at most 2 cells/],
  [{ orient: "columns", maxCells: 2 }, '{"a":{},"b":{},"c":{}}', /at most 2 cells/],
  [{ orient: "columns", maxCells: 3 }, '{"a":{"x":1},"b":{"y":1}}', /at most 3 cells/],
  [{ orient: "split", maxCells: 2 }, '{"columns":["a","b","c"],"data":[]}', /at most 2 cells/],
  [{ orient: "values", maxCells: 2 }, "[[],[],[]]", /at most 2 cells/],
  [
    {},
    JSON.stringify([Object.fromEntries(Array.from({ length: 10_001 }, (_, at) => [`k${at}`, 1]))]),
    /at most 10000 columns/,
  ],
];

for (const [options, text, message] of TOO_LARGE) {
  test(`dataframe(${JSON.stringify(options)}) finds ${text.slice(0, 40)} too large`, async () => {
    await assert.rejects(decode(options, text), { code: "payload_too_large", message });
  });
}

test("dataframe() matches cells of columns by label, and first labels may be none", async () => {
  const frame = await decode({ orient: "columns" }, '{"a":{},"b":{"x":1,"y":2},"c":{"y":3,"z":4}}');
  const data = [
    [null, null, null],
    [1, 2, null],
    [null, 3, 4],
  ];
  assert.deepEqual(frame, { columns: ["a", "b", "c"], data });
});

test("dataframe() makes no copy, and no labels, of plain arrays by column", async () => {
  const text = `{"a":[${"1,".repeat(1_999_999)}1]}`;
  assert.equal((await decode({ orient: "columns" }, text)).data[0]?.length, 2_000_000);
});

for (const maxCells of [0, -1, 1.5, Number.NaN, "9"]) {
  test(`dataframe() refuses maxCells ${maxCells}`, () => {
    assert.throws(() => dataframe({ maxCells: maxCells as number }), { name: "RangeError" });
  });
}

const TOO_LARGE_CSV: readonly [string, number | undefined, string, RegExp][] = [
  ["rows", 4, "a,b\n,\n,\n,\n", /at most 4 cells/],
  ["rows of one column", 4, "a\n1\n1\n1\n1\n1\n", /at most 4 cells/],
  ["columns", 4, "a,b,c,d,e", /at most 4 cells/],
  ["rows by default", undefined, `a,b\n${",\n".repeat(1_000_001)}`, /at most 2000000 cells/],
  ["columns by default", undefined, "a,".repeat(10_000), /at most 10000 columns/],
];

for (const [what, maxCells, text, message] of TOO_LARGE_CSV) {
  test(`dataframe() refuses CSV with too many ${what}`, async () => {
    const decoded = decode({ maxCells }, text, "text/csv");
    await assert.rejects(decoded, { code: "payload_too_large", message });
  });
}

test("dataframe({ maxCells }) takes CSV of just as many", async () => {
  const frame = await decode({ maxCells: 4 }, "a,b\n1,\n,2\n\n", "text/csv");
  assert.equal(frame.data[0]?.length, 2);
});
