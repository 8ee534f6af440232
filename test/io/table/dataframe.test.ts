import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DataFrame,
  type DataFrameOptions,
  dataframe,
  fromRows,
  type Orient,
  rowsOf,
} from "../../../src/io/table/dataframe.ts";

const decode = async (options: DataFrameOptions, text: string, type?: string): Promise<DataFrame> =>
  dataframe(options).decode({ bytes: new TextEncoder().encode(text), type });
const encode = async (options: DataFrameOptions, value: unknown): Promise<string> =>
  new TextDecoder().decode((await dataframe(options).encode(value as DataFrame)).bytes);

const FRAME: DataFrame = {
  columns: ["a", "b", "c"],
  data: [
    [1, null],
    ["x", "ü"],
    [true, false],
  ],
};
const EMPTY: DataFrame = { columns: [], data: [] };

/** What pandas 2's `to_json` writes for FRAME. */
const WRITTEN: readonly [Orient, string][] = [
  ["records", '[{"a":1,"b":"x","c":true},{"a":null,"b":"ü","c":false}]'],
  ["columns", '{"a":{"0":1,"1":null},"b":{"0":"x","1":"ü"},"c":{"0":true,"1":false}}'],
  ["index", '{"0":{"a":1,"b":"x","c":true},"1":{"a":null,"b":"ü","c":false}}'],
  ["split", '{"columns":["a","b","c"],"index":[0,1],"data":[[1,"x",true],[null,"ü",false]]}'],
];

for (const [orient, text] of WRITTEN) {
  test(`dataframe({ orient: "${orient}" }) writes and reads what pandas does`, async () => {
    assert.equal(await encode({ orient }, FRAME), text);
    assert.deepEqual(await decode({ orient }, text), FRAME);
  });
}

test('dataframe({ orient: "values" }) names columns by columns, else by number', async () => {
  const text = '[[1,"x",true],[null,"ü",false]]';
  assert.equal(await encode({ orient: "values" }, FRAME), text);
  assert.deepEqual(await decode({ orient: "values", columns: FRAME.columns }, text), FRAME);
  const numbered = await decode({ orient: "values" }, text);
  assert.deepEqual(numbered, { ...FRAME, columns: ["0", "1", "2"] });
});

const READ: readonly [DataFrameOptions, string, DataFrame][] = [
  [{}, "[]", EMPTY],
  [{ columns: ["a"] }, "[]", { columns: ["a"], data: [[]] }],
  [{ columns: ["b", "a"] }, '[{"a":1,"b":2,"c":3}]', { columns: ["b", "a"], data: [[2], [1]] }],
  [
    {},
    '[{"a":1},{"b":2}]',
    {
      columns: ["a", "b"],
      data: [
        [1, null],
        [null, 2],
      ],
    },
  ],
  [{}, '[{"constructor":1},{}]', { columns: ["constructor"], data: [[1, null]] }],
  [{}, '[{"__proto__":1}]', { columns: ["__proto__"], data: [[1]] }],
  [{ orient: "index" }, '{"x":{"a":1},"y":{"a":2}}', { columns: ["a"], data: [[1, 2]] }],
  [
    { orient: "columns" },
    '{"a":{"x":1,"y":2},"b":{"y":3}}',
    {
      columns: ["a", "b"],
      data: [
        [1, 2],
        [null, 3],
      ],
    },
  ],
  [
    { orient: "columns" },
    '{"a":[1,2],"b":[3,4]}',
    {
      columns: ["a", "b"],
      data: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
  [{ orient: "columns" }, "{}", EMPTY],
  [
    { orient: "split" },
    '{"columns":["a",1],"data":[[1,2]]}',
    { columns: ["a", "1"], data: [[1], [2]] },
  ],
  [{ orient: "values" }, "[]", EMPTY],
];

for (const [options, text, frame] of READ) {
  test(`dataframe(${JSON.stringify(options)}) reads ${text}`, async () => {
    assert.deepEqual(await decode(options, text), frame);
  });
}

const BAD: readonly [DataFrameOptions, string, RegExp][] = [
  [{}, "", /Invalid JSON input received: the body is empty/],
  [{}, "[", /Invalid JSON input received/],
  [{}, '{"a":1}', /the JSON value must be an array, but was an object/],
  [{}, "[1]", /\[0\] must be an object, but was 1/],
  [
    {},
    '[{"a":1},{"a":[2]}]',
    /\[1\]\.a must be a string, a finite number, .*but was an array of 1/,
  ],
  [{}, `[{"${"k".repeat(3000)}":[]}]`, /: \[0\]\.k{100}… must be/],
  [{}, "[{},{}]", /it has rows, 2, but no columns/],
  [{ orient: "index" }, '{"x":{}}', /it has rows, 1, but no columns/],
  [{ orient: "split" }, '{"columns":[],"data":[[]]}', /it has rows, 1, but no columns/],
  [{ orient: "values" }, "[[],[]]", /it has rows, 2, but no columns/],
  [{ dtype: { a: "float32" } }, '[{"a":1e400}]', /a number in it is beyond/],
  [
    { columns: ["a", "z"] },
    '[{"a":1,"b":2}]',
    /without the columns "z": those it has are "a", "b"/,
  ],
  [{ columns: ["a"] }, "[{}]", /it has rows, 1, but no columns/],
  [{ orient: "index" }, '{"x":{"a":{}}}', /x\.a must be .*but was an object/],
  [{ orient: "columns" }, '{"a":{"x":[]}}', /a\.x must be .*but was an array of 0/],
  [{ orient: "columns" }, '{"a":[1,2],"b":[3]}', /b must be an array of 2, as long as the others/],
  [{ orient: "columns" }, '{"a":[1],"b":{"0":1}}', /b must be an array, but was an object/],
  [{ orient: "columns" }, '{"a":{"0":1},"b":[1]}', /b must be an object, but was an array/],
  [{ orient: "columns" }, '{"a":[1,[]]}', /a\[1\] must be .*but was an array of 0/],
  [{ orient: "columns" }, '{"a":1}', /a must be an object, but was 1/],
  [{ orient: "split" }, '{"columns":["a"]}', /data must be an array, but was undefined/],
  [{ orient: "split" }, '{"columns":[null],"data":[]}', /columns\[0\] must be a string/],
  [{ orient: "split" }, '{"columns":["a","a"],"data":[]}', /two columns have the name "a"/],
  [{ orient: "split" }, '{"columns":["a"],"data":[[1],[]]}', /data\[1\] must be an array of 1/],
  [{ orient: "values" }, "[[1],[2,3]]", /\[1\] must be an array of 1, one for each column/],
  [{ orient: "values" }, "[[1],[{}]]", /\[1\]\[0\] must be .*but was an object/],
  [{ orient: "values", columns: ["a", "b"] }, "[[1]]", /\[0\] must be an array of 2/],
];

for (const [options, text, message] of BAD) {
  test(`dataframe(${JSON.stringify(options)}) refuses ${text.slice(0, 40)}`, async () => {
    await assert.rejects(decode(options, text), { code: "invalid_argument", message });
  });
}

test("dataframe() repeats an excerpt of a refused type", async () => {
  const decoded = decode({}, "x", `application/octet-stream; x=${"y".repeat(3000)}`);
  await assert.rejects(decoded, (error: Error) => error.message.length < 300);
});

const FORMATS: readonly [string | undefined, "json" | "csv"][] = [
  ["application/json", "json"],
  ["application/json; charset=utf-8", "json"],
  ["Text/CSV; header=present", "csv"],
];

for (const defaultFormat of ["json", "csv"] as const) {
  const others = [undefined, "application/x-www-form-urlencoded", "constructor"] as const;
  for (const [type, format] of [
    ...FORMATS,
    ...others.map((one) => [one, defaultFormat] as const),
  ]) {
    test(`dataframe() reads ${type} as ${format}, by default ${defaultFormat}`, async () => {
      const text = format === "json" ? '[{"a":1}]' : "a\n1\n";
      const frame = await decode({ defaultFormat }, text, type);
      assert.deepEqual(frame, { columns: ["a"], data: [[1]] });
    });
  }
}

for (const type of ["application/octet-stream", "application/vnd.apache.parquet"]) {
  test(`dataframe() refuses ${type} that is not Parquet`, async () => {
    await assert.rejects(decode({}, "PAR1", type), {
      code: "invalid_argument",
      message: /^Invalid Parquet input received: it does not begin and end with PAR1$/,
    });
  });
}

test("dataframe() writes NaN and Infinity as pandas does", async () => {
  const frame = { columns: ["a"], data: [[Number.NaN, Infinity, 1]] };
  assert.equal(await encode({ orient: "values" }, frame), "[[null],[null],[1]]");
  assert.equal(await encode({ defaultFormat: "csv" }, frame), 'a\n""\ninf\n1.0\n');
});

test("dataframe({ dtype }) converts cells, whatever the format", async () => {
  const options = { dtype: { i: "int32", s: "string", b: "bool", f: "float32" } } as const;
  const columns = ["i", "s", "b", "f"];
  const data = [[1], ["7"], [true], [1.5]];
  const body = '[{"i":1.9,"s":7,"b":1,"f":1.5}]';
  assert.deepEqual(await decode(options, body), { columns, data });
  const csv = "i,s,b,f\n1.9,007,true,1.5\n,,,\n";
  assert.deepEqual(await decode(options, csv, "text/csv"), {
    columns,
    data: [
      [1, null],
      ["007", null],
      [true, null],
      [1.5, null],
    ],
  });
});

test("dataframe({ dtype }) keeps 64-bit integers beyond 2^53-1 as strings", async () => {
  const io = { dtype: { id: "int64" }, enforceDtype: true } as const;
  const big = "9223372036854775807";
  const frame = { columns: ["id"], data: [[big, 5]] };
  assert.deepEqual(await decode(io, `id\n${big}\n5\n`, "text/csv"), frame);
  assert.deepEqual(await decode(io, `[{"id":"${big}"},{"id":5}]`), frame);
});

const MISTYPED: readonly [DataFrameOptions["dtype"], string, string, RegExp][] = [
  [
    { a: "int8" },
    '[{"a":1},{"a":1.5}]',
    "application/json",
    /row 1 of column "a" must be a whole.*int8, but was 1\.5/,
  ],
  [{ a: "string" }, '[{"a":1}]', "application/json", /row 0 of column "a" must be a string/],
  [{ a: "bool" }, 'a\ntrue\n""\n1\n', "text/csv", /row 2 of column "a" must be a boolean.*was 1$/],
  [{ a: "float32" }, "a\n1.5\nx\n", "text/csv", /row 1 of column "a" must be a number.*was "x"/],
];

for (const [dtype, text, type, message] of MISTYPED) {
  test(`dataframe({ enforceDtype }) refuses ${JSON.stringify([dtype, text])}`, async () => {
    const decoded = decode({ dtype, enforceDtype: true }, text, type);
    await assert.rejects(decoded, { code: "invalid_argument", message });
  });
}

test("dataframe({ dtype }) takes infinite numbers in CSV for floats only", async () => {
  const float32 = await decode({ dtype: { a: "float32" } }, "a\n1e400\n-inf\n", "text/csv");
  assert.deepEqual(float32.data, [[Infinity, -Infinity]]);
  for (const field of ["1e400", "inf", "-Infinity"]) {
    const decoded = decode({ dtype: { a: "int32" } }, `a\n${field}\n`, "text/csv");
    await assert.rejects(decoded, { code: "invalid_argument", message: /was -?Infinity$/ });
  }
});

const UNENCODABLE: readonly [unknown, RegExp][] = [
  [undefined, /must be \{ columns, data \}, but was undefined/],
  [[{ a: 1 }], /must be \{ columns, data \}, but was an array of 1/],
  [{ columns: ["a"], data: [] }, /1 names for 0 columns/],
  [{ columns: [1], data: [[]] }, /a column has the name 1/],
  [{ columns: ["a"], data: [5] }, /column "a" is 5/],
  [{ columns: ["a", "b"], data: [[1], []] }, /column "b" has 0 rows, where the first has 1/],
  [{ columns: ["a"], data: [[1, undefined]] }, /row 1 of column "a" is undefined/],
  [{ columns: ["a", "a"], data: [[], []] }, /two columns have the name "a"/],
  [{ columns: ["z"], data: [[]] }, /it lacks "a"/],
];

for (const [value, message] of UNENCODABLE) {
  test(`dataframe() refuses to encode ${JSON.stringify(value)}`, async () => {
    await assert.rejects(encode({ columns: ["a"] }, value), { name: "TypeError", message });
  });
}

const MISDEFINED: readonly [object, RegExp][] = [
  [{ orient: "table" }, /orient must be one of records.*but was "table"/],
  [{ defaultFormat: "xml" as never }, /defaultFormat must be one of json, csv, parquet, but was/],
  [{ columns: ["a", "a"] }, /columns has "a" twice/],
  [{ enforceDtype: true }, /enforceDtype needs a dtype/],
  [{ dtype: { a: "number" } }, /dtype of "a" must be one of .*but was "number"/],
  [{ dtype: { a: "int8" }, columns: ["b"] }, /dtype names "a", which is not one of columns/],
];

for (const [options, message] of MISDEFINED) {
  test(`dataframe() refuses the options ${JSON.stringify(options)}`, () => {
    assert.throws(() => dataframe(options), { name: "TypeError", message });
  });
}

test("rowsOf() and fromRows() are each other's inverse", () => {
  const rows = [
    { a: 1, b: "x" },
    { a: null, b: "y" },
  ];
  assert.deepEqual(rowsOf(fromRows(rows)), rows);
  assert.deepEqual(fromRows(rowsOf(FRAME)), FRAME);
  assert.deepEqual(fromRows([]), EMPTY);
});

test("fromRows() fills missing cells with null", () => {
  const frame = fromRows([{ a: 1 }, { b: 2 }]);
  assert.deepEqual(frame, {
    columns: ["a", "b"],
    data: [
      [1, null],
      [null, 2],
    ],
  });
});
