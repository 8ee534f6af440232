import assert from "node:assert/strict";
import { test } from "node:test";
import { httpApp as app } from "../../../../src/http/http-app.ts";
import type { Cell } from "../../../../src/io/table/cell.ts";
import { dataframe } from "../../../../src/io/table/dataframe.ts";
import { frameOfParquet } from "../../../../src/io/table/parquet/read.ts";
import { frameToParquet } from "../../../../src/io/table/parquet/write.ts";
import { api } from "../../../../src/service/api.ts";
import { service } from "../../../../src/service/service.ts";
import type { DType } from "../../../../src/tensor.ts";
import { fixture } from "./fixture.ts";

const PARQUET = "application/vnd.apache.parquet";

/** The cells of a column, its dtype, and what comes back where that differs. */
const COLUMNS: readonly (readonly [dtype: DType | undefined, cells: Cell[], back?: Cell[]])[] = [
  [undefined, [1, null, -3]],
  [undefined, [1, "9007199254740993", -3]],
  [undefined, [1, "18446744073709551615"]],
  [undefined, [1.5, null, Infinity, -Infinity]],
  [undefined, [1, Number.NaN], [1, null]],
  [undefined, ["a", null, "日本", ""]],
  [undefined, ["12345678901234567890"]],
  [undefined, [true, null, false]],
  [undefined, [null, null]],
  [undefined, []],
  ["int8", [-128, null, 127]],
  ["int16", [-32768, 32767]],
  ["int32", [-2147483648, null, 2147483647]],
  ["int64", ["-9223372036854775808", 0, "9223372036854775807"]],
  ["uint8", [0, 255]],
  ["uint16", [0, null, 65535]],
  ["uint32", [0, 4294967295]],
  ["uint64", [0, null, "18446744073709551615"]],
  ["float16", [1.5, null, -65504]],
  ["float32", [0.5, null, 3]],
  ["float64", [0.1, null, 5e-324]],
  ["bool", [1, 0, null], [true, false, null]],
  ["string", [1, true, null, "x"], ["1", "true", null, "x"]],
  ["int32", [1.5, null], [1, null]],
  ["int8", [1000], [1000]],
];

for (const [dtype, cells, back = cells] of COLUMNS) {
  test(`frameToParquet() writes ${JSON.stringify(cells)} as ${dtype}`, async () => {
    const dtypes: Record<string, DType> = dtype === undefined ? {} : { x: dtype };
    const bytes = await frameToParquet({ columns: ["x"], data: [cells] }, dtypes);
    assert.deepEqual(await frameOfParquet(bytes), { columns: ["x"], data: [back] });
  });
}

test("frameToParquet() refuses a column of several types, and names it", async () => {
  for (const cells of [
    [1, "x"],
    [true, 1],
    ["x", false],
  ]) {
    const written = frameToParquet({ columns: ["ok", "odd"], data: [[1, 2], cells] });
    await assert.rejects(written, { code: "failed_precondition", message: /column "odd"/ });
  }
});

test("frameToParquet() writes many rows in groups, and columns with any name", async () => {
  const columns = ["a.b", "", "日本", "__proto__"];
  const count = 30_000;
  const data = columns.map((_, column) =>
    Array.from({ length: count }, (_unused, row) => (column === 0 ? `row ${row}` : row * column)),
  );
  const frame = { columns, data };
  assert.deepEqual(await frameOfParquet(await frameToParquet(frame)), frame);
});

const hono = app(
  service("tables", {
    apis: {
      json: api({ input: dataframe(), output: dataframe() }, (frame) => frame),
      parquet: api(
        {
          input: dataframe({ defaultFormat: "parquet" }),
          output: dataframe({ defaultFormat: "parquet", dtype: { a: "int32" } }),
        },
        (frame) => frame,
      ),
    },
  }),
);

async function post(path: string, body: BodyInit, headers: HeadersInit): Promise<Response> {
  return await hono.request(path, { method: "POST", body, headers });
}

test("dataframe() answers in the format that a caller accepts, or its own", async () => {
  for (const [path, accept, type] of [
    ["/json", undefined, "application/json"],
    ["/json", "*/*", "application/json"],
    ["/json", PARQUET, PARQUET],
    ["/json", "text/csv", "text/csv; charset=utf-8"],
    ["/json", "text/html, application/xhtml+xml", "application/json"],
    ["/parquet", undefined, PARQUET],
    ["/parquet", "*/*;q=0.8", PARQUET],
    ["/parquet", "application/json, */*;q=0.1", "application/json"],
  ] as const) {
    const headers = accept === undefined ? {} : { accept };
    const response = await post(path, fixture("pandas-range"), headers);
    assert.equal(response.headers.get("content-type"), type, `${path} ${accept}`);
    if (type !== PARQUET) continue;
    const frame = await frameOfParquet(await response.bytes());
    assert.deepEqual(frame, {
      columns: ["a", "b"],
      data: [
        [1, 2],
        ["x", null],
      ],
    });
  }
});

test("dataframe() answers 422 if the caller's format cannot hold the columns", async () => {
  const body = '[{"a":1},{"a":"x"}]';
  const headers = { "content-type": "application/json", accept: PARQUET };
  const response = await post("/json", body, headers);
  assert.equal(response.status, 422);
  assert.match(await response.text(), /column \\"a\\" of a data frame as Parquet/);
});
