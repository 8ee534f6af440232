import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { serviceSchema } from "../../src/bentoml/service-schema.ts";
import { file } from "../../src/io/file.ts";
import { multipart } from "../../src/io/form/multipart.ts";
import type { Io } from "../../src/io/io.ts";
import { json } from "../../src/io/json/json.ts";
import { image } from "../../src/io/picture/image.ts";
import { dataframe } from "../../src/io/table/dataframe.ts";
import { series } from "../../src/io/table/series.ts";
import { namedTensors } from "../../src/io/tensor/named-tensors.ts";
import { ndarray } from "../../src/io/tensor/ndarray.ts";
import { text } from "../../src/io/text.ts";

interface Document {
  readonly routes: readonly { readonly input: object; readonly output: object }[];
}

function routeOf(input: Io<unknown, never>, output = input, isStream = false) {
  const described = { name: "only", path: "/only", description: "", input, output, isStream };
  const { routes } = serviceSchema("documented", [described]) as Document;
  return routes[0] ?? assert.fail("It has no route");
}

const tree: z.ZodType = z.object({
  name: z.string(),
  get children() {
    return z.array(tree);
  },
});
const root = { root_input: true };
const pixels = { type: "file", format: "image", pil: true };
const inputs: readonly [what: string, io: Io<unknown, never>, schema: object][] = [
  ["text()", text(), { type: "string", ...root }],
  ["json()", json(), root],
  [
    "json() of an object",
    json(z.object({ top: z.string() })),
    { type: "object", properties: { top: { type: "string" } }, required: ["top"] },
  ],
  [
    "json() of an array",
    json(z.array(z.string())),
    { type: "array", items: { type: "string" }, ...root },
  ],
  ["ndarray()", ndarray(), { type: "tensor", format: "numpy-array", ...root }],
  [
    "ndarray() of a shape",
    ndarray({ dtype: "bool", shape: [-1, 2], enforceShape: true }),
    { type: "tensor", format: "numpy-array", dtype: "bool_", shape: [-1, 2], ...root },
  ],
  [
    "ndarray() of a shape that NumPy cannot infer",
    ndarray({ shape: [-1, -1], enforceShape: true }),
    { type: "tensor", format: "numpy-array", ...root },
  ],
  [
    "ndarray() of a shape that is not enforced",
    ndarray({ shape: [2] }),
    { type: "tensor", format: "numpy-array", ...root },
  ],
  ["dataframe()", dataframe(), { type: "dataframe", orient: "records", ...root }],
  [
    "dataframe() as CSV",
    dataframe({ defaultFormat: "csv" }),
    { type: "string", minLength: 1, ...root },
  ],
  [
    "file()",
    file({ mimeType: "a/b" }),
    { type: "file", format: "binary", content_type: "a/b", ...root },
  ],
  ["image()", image(), { ...pixels, ...root }],
  [
    "namedTensors()",
    namedTensors({ dtypes: { ids: "int64" } }),
    {
      type: "object",
      properties: { ids: { type: "tensor", format: "numpy-array", dtype: "int64" } },
    },
  ],
  [
    "multipart()",
    multipart({ picture: image(), note: text() }),
    {
      type: "object",
      properties: { picture: pixels, note: { type: "string" } },
      required: ["picture", "note"],
    },
  ],
];

for (const [what, io, schema] of inputs) {
  test(`serviceSchema() says how BentoML's clients send ${what}`, () => {
    assert.deepEqual(routeOf(io).input, schema);
  });
}

test("serviceSchema() has the arguments of a schema that refers to itself", () => {
  const { properties, $defs } = routeOf(json(tree)).input as Record<string, object>;
  assert.deepEqual(Object.keys(properties ?? {}), ["name", "children"]);
  assert.equal(Object.keys($defs ?? {}).length, 1);
});

test("serviceSchema() says how answers are read, and that pieces of streams are texts", () => {
  const bytes = { type: "string", format: "binary" };
  assert.deepEqual(routeOf(text(), image()).output, { ...pixels, media_type: "image/jpeg" });
  assert.deepEqual(routeOf(text(), multipart({ a: text() })).output, bytes);
  assert.deepEqual(routeOf(text(), json(), true).output, { type: "string", is_stream: true });
  assert.deepEqual(routeOf(text(), file(), true).output, { ...bytes, is_stream: true });
  assert.equal((routeOf(text(), series()).output as { readonly type: string }).type, "array");
});
