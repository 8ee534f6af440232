/**
 * A service with all kinds of descriptors and strange schemas, for the tests of its proto file.
 * @module
 */

import { z } from "zod";
import {
  api,
  dataframe,
  file,
  image,
  json,
  multipart,
  namedTensors,
  ndarray,
  type Service,
  series,
  service,
  text,
} from "../../src/index.ts";

/** Values of several kinds, of which some have fields. */
const shape: z.ZodType = z.discriminatedUnion("type", [
  z.object({ type: z.literal("circle"), radius: z.number() }),
  z.object({ type: z.literal("square"), side: z.number(), turned: z.boolean().optional() }),
]);

/** A schema that contains itself. */
const tree: z.ZodType = z.object({
  label: z.string(),
  get children() {
    return z.array(tree);
  },
});

/** What is hard to express in protobuf. */
export const strange: z.ZodType = z.object({
  small: z.int32(),
  natural: z.int().min(0).max(4_000_000_000),
  large: z.int(),
  ratio: z.number(),
  single: z.float32(),
  flag: z.boolean(),
  color: z.enum(["red", "Red", "", "dark green", "温"]),
  level: z.union([z.literal(1), z.literal(2)]).optional(),
  constant: z.literal("v1"),
  note: z.string().nullable(),
  hint: z.string().optional(),
  tags: z.array(z.string()),
  noTags: z.array(z.string()).nullable(),
  matrix: z.array(z.array(z.number())),
  gaps: z.array(z.number().nullable()),
  pair: z.tuple([z.number(), z.number()]),
  mixed: z.tuple([z.string(), z.boolean()]).rest(z.int32()),
  counts: z.record(z.string(), z.int32()),
  lists: z.record(z.string(), z.array(z.string())),
  either: z.union([z.string(), z.number(), z.array(z.string())]),
  shape,
  tree,
  anything: z.any(),
  fooBar: z.string().optional(),
  foo_bar: z.string().optional(),
  foobar: z.string().optional(),
  message: z.string().optional(),
  constructor: z.string().optional(),
  class: z.string().optional(),
  größe: z.string().optional(),
  温度: z.string().optional(),
  "9 lives": z.string().optional(),
  "": z.string().optional(),
  "[key]": z.string().optional(),
});

/** A value of `strange`. */
export const example = {
  small: -1,
  natural: 4_000_000_000,
  large: 2 ** 53 - 1,
  ratio: 0,
  single: 0.5,
  flag: false,
  color: "温",
  level: 2,
  constant: "v1",
  note: null,
  tags: ["a", ""],
  noTags: null,
  matrix: [[1, 2], []],
  gaps: [1, null],
  pair: [1, 0],
  mixed: ["x", false, 3],
  counts: { a: 1, __proto: 2 },
  lists: { a: ["b"], b: [] },
  either: ["x"],
  shape: { type: "square", side: 0 },
  tree: { label: "a", children: [{ label: "", children: [] }] },
  anything: { a: [null, 1] },
  fooBar: "1",
  foo_bar: "2",
  foobar: "3",
  message: "4",
  // An own one, since zod takes that of all objects for it.
  constructor: "0",
  class: "5",
  größe: "6",
  温度: "7",
  "9 lives": "8",
  "": "9",
  "[key]": "10",
} as const;

/** Echoes everything. */
export const echo: Service = service("strange-echo", {
  apis: {
    text: api({ input: text(), output: text() }, (value) => value),
    json: api(
      { input: json(), output: json(), description: "Any JSON\nas it is" },
      (value) => value,
    ),
    strange: api({ input: json(strange), output: json(strange) }, (value) => value),
    list: api(
      { input: json(z.array(z.int())), output: json(z.union([z.array(z.int()), z.null()])) },
      (value) => value,
    ),
    tensor: api(
      { input: ndarray({ dtype: "float32", shape: [-1, 2] }), output: ndarray() },
      (value) => value,
    ),
    named: api(
      {
        input: namedTensors({ dtypes: { ids: "int64", mask: "bool", pixels: "uint8" } }),
        output: namedTensors(),
      },
      (value) => value,
    ),
    table: api(
      {
        input: dataframe({ columns: ["age", "name", "any"], dtype: { age: "int32" } }),
        output: dataframe(),
      },
      (value) => value,
    ),
    series: api({ input: series({ dtype: "float64" }), output: series() }, (value) => value),
    picture: api({ input: image(), output: image() }, (value) => value),
    file: api({ input: file(), output: file() }, (value) => value),
    form: api(
      {
        input: multipart({ title: text(), meta: json(z.object({ n: z.int32() })), doc: file() }),
        output: multipart({ title: text(), meta: json(z.object({ n: z.int32() })), doc: file() }),
      },
      (value) => value,
    ),
    count_up: api(
      { input: json(z.object({ to: z.int32() })), output: json(z.object({ n: z.int32() })) },
      async function* ({ to }) {
        for (let n = 1; n <= to; n++) yield { n };
      },
    ),
  },
});
