/** dataframe() and series(): the requests, and the right answers. */
import { api, dataframe, json, type Orient, type SeriesOrient, series } from "ekiben";
import { base64Of, bytesOf, equal } from "./check.ts";
import type { Exchange } from "./exchange.ts";
import samples from "./samples.json" with { type: "json" };

const CSV = "text/csv";
const PARQUET = "application/vnd.apache.parquet";

/** The same table in every orient of pandas. */
const FRAMES: Readonly<Record<Orient, string>> = {
  records: '[{"name":"Ada","age":36},{"name":"Bo","age":null}]',
  columns: '{"name":{"0":"Ada","1":"Bo"},"age":{"0":36,"1":null}}',
  index: '{"0":{"name":"Ada","age":36},"1":{"name":"Bo","age":null}}',
  split: '{"columns":["name","age"],"index":[0,1],"data":[["Ada",36],["Bo",null]]}',
  values: '[["Ada",36],["Bo",null]]',
};

/** The same series in every orient of pandas. */
const SERIES: Readonly<Record<SeriesOrient, string>> = {
  records: "[1,2.5,null]",
  index: '{"0":1,"1":2.5,"2":null}',
  split: '{"name":null,"index":[0,1,2],"data":[1,2.5,null]}',
  values: "[1,2.5,null]",
};

const nameOf = (kind: string, orient: string): string => `${kind}_${orient}`;
const orients = <T extends object>(all: T) => Object.keys(all) as (keyof T)[];

export const FRAME_APIS = {
  ...Object.fromEntries(
    orients(FRAMES).map((orient) => [
      nameOf("frame", orient),
      api({ input: dataframe({ orient }), output: dataframe({ orient }) }, (value) => value),
    ]),
  ),
  frame: api({ input: dataframe(), output: dataframe() }, (value) => value),
  columns: api(
    { input: dataframe({ orient: "columns" }), output: dataframe({ orient: "columns" }) },
    (value) => value,
  ),
  ages: api(
    { input: dataframe({ columns: ["age"], dtype: { age: "float32" } }), output: dataframe() },
    (value) => value,
  ),
  agesByColumn: api(
    {
      input: dataframe({ columns: ["age"], dtype: { age: "float32" } }),
      output: dataframe({ orient: "columns" }),
    },
    (value) => value,
  ),
  wholeAges: api(
    { input: dataframe({ dtype: { age: "int32" }, enforceDtype: true }), output: dataframe() },
    (value) => value,
  ),
  fewCells: api({ input: dataframe({ maxCells: 3 }), output: dataframe() }, (value) => value),
  inCsv: api({ input: dataframe(), output: dataframe({ defaultFormat: "csv" }) }, (value) => value),
};

const csv = "name,age,big\nAda,36,1\nBo,7,9007199254740993\n,61,-5\n";
const asJson =
  '[{"name":"Ada","age":36,"big":1},{"name":"Bo","age":7,"big":9007199254740993},' +
  '{"name":null,"age":61,"big":-5}]';

export const FRAMES_SENT: readonly Exchange[] = [
  ...orients(FRAMES).map((orient): Exchange => {
    const answer = orient === "values" ? FRAMES.values : FRAMES[orient];
    return {
      api: nameOf("frame", orient),
      what: "the orient",
      rest: [FRAMES[orient], { json: JSON.parse(answer) }],
    };
  }),
  {
    api: "frame",
    what: "CSV",
    rest: [csv, asJson, { "content-type": CSV }],
  },
  ...Object.entries(samples.parquet).map(
    ([compression, file]): Exchange => ({
      api: "frame",
      what: `Parquet, compressed by ${compression}`,
      rest: [bytesOf(file), csv, { "content-type": PARQUET, accept: CSV }],
    }),
  ),
  {
    api: "agesByColumn",
    what: "Parquet in bytes",
    message: [
      { serializedBytes: samples.parquet.snappy },
      { dataframe: { columnNames: ["age"], columns: [{ int64Values: ["36", "7", "61"] }] } },
    ],
  },
  {
    api: "columns",
    what: "columns with types",
    rest: ['{"a":{"0":1.5},"b":{"0":"x"}}', { json: { a: { 0: 1.5 }, b: { 0: "x" } } }],
    message: [
      {
        dataframe: {
          columnNames: ["a", "b"],
          columns: [{ int32Values: [1, -2] }, { stringValues: ["x", "y"] }],
        },
      },
      {
        dataframe: {
          columnNames: ["a", "b"],
          columns: [{ int32Values: [1, -2] }, { stringValues: ["x", "y"] }],
        },
      },
    ],
  },
  {
    api: "columns",
    what: "columns of different lengths",
    message: [
      {
        dataframe: {
          columnNames: ["a", "b"],
          columns: [{ int32Values: [1] }, { int32Values: [1, 2] }],
        },
      },
      ["invalid_argument", /./],
    ],
  },
  {
    api: "ages",
    what: "one of the columns, with a dtype",
    rest: [FRAMES.records, { json: [{ age: 36 }, { age: null }] }],
  },
  { api: "ages", what: "a missing column", rest: ['[{"a":1}]', [400, "invalid_argument", /age/]] },
  {
    api: "wholeAges",
    what: "a cell of another dtype",
    rest: ['[{"age":1.5}]', [400, "invalid_argument", /age/]],
  },
  {
    api: "fewCells",
    what: "too many cells",
    rest: [FRAMES.records, [413, "payload_too_large", /3/]],
  },
  { api: "inCsv", what: "CSV by default", rest: [FRAMES.records, "name,age\nAda,36.0\nBo,\n"] },
  {
    api: "frame",
    what: "rows of different lengths",
    rest: ["a,b\n1\n", [400, "invalid_argument", /CSV/], { "content-type": CSV }],
  },
];

/** A table that came back as Parquet is read again by an API, since a page has no other reader. */
export const PARQUET_BACK: Exchange = {
  api: "frame",
  what: "Parquet of its own",
  rest: [
    csv,
    async (response) => {
      const bytes = await response.bytes();
      equal(base64Of(bytes.subarray(0, 4)), btoa("PAR1"), "The beginning of the file");
    },
    { "content-type": CSV, accept: PARQUET },
  ],
};

export const SERIES_APIS = {
  ...Object.fromEntries(
    orients(SERIES).map((orient) => [
      nameOf("series", orient),
      api({ input: series({ orient }), output: series({ orient }) }, (value) => value),
    ]),
  ),
  total: api({ input: series({ dtype: "float64" }), output: json() }, ({ data }) =>
    data.map(Number).reduce((sum, each) => sum + each, 0),
  ),
  three: api(
    {
      input: series({ dtype: "int32", shape: [3], enforceShape: true, enforceDtype: true }),
      output: series(),
    },
    (value) => value,
  ),
};

export const SERIES_SENT: readonly Exchange[] = [
  ...orients(SERIES).map(
    (orient): Exchange => ({
      api: nameOf("series", orient),
      what: "the orient",
      rest: [SERIES[orient], { json: JSON.parse(SERIES[orient]) }],
    }),
  ),
  {
    api: "total",
    what: "numbers",
    rest: ["[1, 2.5, 3]", "6.5"],
    message: [{ series: { floatValues: [1, 2.5, 3] } }, { json: 6.5 }],
  },
  {
    api: "three",
    what: "integers",
    rest: ["[1, 2, 3]", "[1,2,3]"],
    message: [{ series: { int32Values: [1, 2, 3] } }, { series: { int32Values: [1, 2, 3] } }],
  },
  {
    api: "three",
    what: "another length",
    rest: ["[1]", [400, "invalid_argument", /3/]],
    message: [{ series: { int32Values: [1] } }, ["invalid_argument", /3/]],
  },
  {
    api: "three",
    what: "another dtype",
    rest: ['["x", 1, 2]', [400, "invalid_argument", /int32/]],
  },
];
