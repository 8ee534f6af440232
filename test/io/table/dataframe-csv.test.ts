import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DataFrame,
  type DataFrameOptions,
  dataframe,
} from "../../../src/io/table/dataframe.ts";

const decode = async (options: DataFrameOptions, text: string, type?: string): Promise<DataFrame> =>
  dataframe(options).decode({ bytes: new TextEncoder().encode(text), type });
const encode = async (options: DataFrameOptions, value: unknown): Promise<string> =>
  new TextDecoder().decode((await dataframe(options).encode(value as DataFrame)).bytes);

/** A whole number that no double holds. */
const BIG = "9007199254740993";

const CSV: readonly [string, string, DataFrame][] = [
  [
    "kinds",
    "n,b,s,e\n1,true,x,\n-2.5e3,FALSE,1,\n",
    {
      columns: ["n", "b", "s", "e"],
      data: [
        [1, -2500],
        [true, false],
        ["x", "1"],
        [null, null],
      ],
    },
  ],
  [
    "missing cells",
    "a,b\n1,\n,x\n",
    {
      columns: ["a", "b"],
      data: [
        [1, null],
        [null, "x"],
      ],
    },
  ],
  [
    "quotes",
    '"a ""b""",c\r\n"1,\r\n2",""\r\n',
    { columns: ['a "b"', "c"], data: [["1,\r\n2"], [null]] },
  ],
  ["a quote inside a field", 'a,b\n5" pipe,1\n', { columns: ["a", "b"], data: [['5" pipe'], [1]] }],
  [
    "any line break, empty lines",
    "\n\na,b\r\n1,2\r\r3,4\n\n5,6",
    {
      columns: ["a", "b"],
      data: [
        [1, 3, 5],
        [2, 4, 6],
      ],
    },
  ],
  ["empty fields of one column", 'a\n1\n\n""\n2\n', { columns: ["a"], data: [[1, null, 2]] }],
  ["nothing but empty lines", `a\n${"\n".repeat(3e6)}`, { columns: ["a"], data: [[]] }],
  [
    "numbers beyond a double",
    "a,b\n1e400,1e300\n",
    { columns: ["a", "b"], data: [[Infinity], [1e300]] },
  ],
  [
    "digits without end that are no number",
    `a\n${"1".repeat(1e6)}x\n`,
    { columns: ["a"], data: [[`${"1".repeat(1e6)}x`]] },
  ],
  ["CRLF and one column", "a\r\n1\r\n2\r\n", { columns: ["a"], data: [[1, 2]] }],
  [
    "lines of spaces",
    "a,b\n  \n1,2\n\t \n 3, x\n ",
    {
      columns: ["a", "b"],
      data: [
        [1, 3],
        ["2", " x"],
      ],
    },
  ],
  ["a column without a name", ",b\n0,x\n", { columns: ["Unnamed: 0", "b"], data: [[0], ["x"]] }],
  ["no rows", "a,b", { columns: ["a", "b"], data: [[], []] }],
  ["a byte order mark", "\ufeffa\n1\n", { columns: ["a"], data: [[1]] }],
  [
    "whole numbers that would lose digits",
    "a,b\n12345678901234567890,1e30\n",
    { columns: ["a", "b"], data: [["12345678901234567890"], [1e30]] },
  ],
  [
    "what is almost a number",
    "a,b,c,d\n1_0,0x1,+.5,5.\n",
    { columns: ["a", "b", "c", "d"], data: [["1_0"], ["0x1"], [0.5], [5]] },
  ],
];

for (const [what, text, frame] of CSV) {
  test(`dataframe() reads CSV with ${what}`, async () => {
    assert.deepEqual(await decode({}, text, "text/csv"), frame);
  });
}

const BAD_CSV: readonly [string, string, RegExp][] = [
  ["no header", "\n\n", /it has no header row/],
  ["an empty body", "", /it has no header row/],
  ["a short row", 'a,b\n"x\ny",2\n\n3\n', /line 5 has 1 fields, but the header has 2/],
  ["a long row", "a,b\r\n1,2,3\r\n", /line 2 has 3 fields, but the header has 2/],
  ["an open quote", 'a,b\n1,"2\n3,4\n', /begins on line 2 has no end/],
  ["text after a quote", 'a,b\n"x"y,2\n', /on line 2 a quoted field is followed by other text/],
  ["a column twice", "a,b,a\n", /two columns have the name "a"/],
  [
    "quotes and spaces without end",
    `"${'x"'.repeat(2e5)}${" ".repeat(2e5)},`,
    /on line 1 a quoted/,
  ],
];

for (const [what, text, message] of BAD_CSV) {
  test(`dataframe() refuses CSV with ${what}`, async () => {
    await assert.rejects(decode({}, text, "text/csv"), {
      code: "invalid_argument",
      message: new RegExp(`^Invalid CSV input received: .*${message.source}`),
    });
  });
}

test("dataframe() refuses CSV that is not UTF-8", () => {
  const decoded = () => dataframe().decode({ bytes: Uint8Array.of(0x61, 0xff), type: "text/csv" });
  assert.throws(decoded, { code: "invalid_argument", message: /not UTF-8/ });
});

test('dataframe({ defaultFormat: "csv" }) writes what it reads', async () => {
  const frame: DataFrame = {
    columns: ["n", 'q"', "b"],
    data: [
      [1.5, null],
      ["x,y", 'line\n"2"'],
      [true, false],
    ],
  };
  const text = await encode({ defaultFormat: "csv" }, frame);
  assert.equal(text, 'n,"q""",b\n1.5,"x,y",True\n,"line\n""2""",False\n');
  assert.deepEqual(await decode({}, text, "text/csv"), frame);
  const single = { columns: ["a"], data: [[1, null, 2]] };
  assert.deepEqual(
    await decode({}, await encode({ defaultFormat: "csv" }, single), "text/csv"),
    single,
  );
  assert.equal(dataframe({ defaultFormat: "csv" }).mediaType, "text/csv; charset=utf-8");
});

test("dataframe({ dtype }) reads CSV fields of a declared type one by one", async () => {
  const text = `a,b\n${["007,007", "NA,NA", "None,", `${BIG},1.5`].join("\n")}`;
  const decoded = (dtype: DataFrameOptions["dtype"]) => decode({ dtype }, text, "text/csv");
  const strings = await decoded({ a: "string", b: "string" });
  assert.deepEqual(strings.data, [
    ["007", null, null, BIG],
    ["007", null, null, "1.5"],
  ]);
  const numbers = await decoded({ a: "int64", b: "int8" });
  assert.deepEqual(numbers.data, [
    [7, null, null, BIG],
    [7, null, null, 1],
  ]);
  const floats = await decoded({ a: "float64", b: "float32" });
  assert.deepEqual(floats.data[0], [7, null, null, 9007199254740992]);
});

test("dataframe() writes CSV as pandas does", async () => {
  const frame: DataFrame = {
    columns: ["int", "float", "missing", "text", "bool", "mixed"],
    data: [
      [1, 1e15, 9007199254740991],
      [1e16, 0.00001, -0.5],
      [1, null, Infinity],
      ["NA", "a,b", null],
      [true, null, false],
      [1, "x", true],
    ],
  };
  const csv =
    "int,float,missing,text,bool,mixed\n1,1e+16,1.0,NA,True,1\n" +
    '1000000000000000,1e-05,,"a,b",,x\n9007199254740991,-0.5,inf,,False,True\n';
  assert.equal(await encode({ defaultFormat: "csv" }, frame), csv);
  const declared = { defaultFormat: "csv", dtype: { a: "float32", b: "int32" } } as const;
  const small = {
    columns: ["a", "b"],
    data: [
      [1, 2],
      [1, null],
    ],
  };
  assert.equal(await encode(declared, small), "a,b\n1.0,1\n2.0,\n");
});
