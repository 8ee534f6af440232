import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { idOf, isKnownToBentoml, specOf } from "../../src/bentoml/descriptors.ts";
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
import { custom } from "./content/content-of.ts";

const JSON_SPEC = {
  id: "bentoml.io.JSON",
  args: { has_pydantic_model: false, has_json_encoder: false },
};
const enforced = { enforce_dtype: true, enforce_shape: true };
const free = { enforce_dtype: false, enforce_shape: false };

const SPECS: readonly (readonly [string, Io<unknown, never>, object])[] = [
  ["text", text(), { id: "bentoml.io.Text" }],
  ["json", json(), JSON_SPEC],
  [
    "json with a schema",
    json(z.object({})),
    { id: "bentoml.io.JSON", args: { has_pydantic_model: true, has_json_encoder: false } },
  ],
  ["named tensors", namedTensors(), JSON_SPEC],
  [
    "an array",
    ndarray({ dtype: "float32", shape: [-1, 4], enforceDtype: true, enforceShape: true }),
    { id: "bentoml.io.NumpyNdarray", args: { dtype: "float32", shape: [-1, 4], ...enforced } },
  ],
  [
    "any array",
    ndarray(),
    { id: "bentoml.io.NumpyNdarray", args: { dtype: null, shape: null, ...free } },
  ],
  [
    "an array of strings",
    ndarray({ dtype: "string" }),
    { id: "bentoml.io.NumpyNdarray", args: { dtype: "str", shape: null, ...free } },
  ],
  [
    "a series",
    series({ dtype: "string", shape: [-1], orient: "split" }),
    {
      id: "bentoml.io.PandasSeries",
      args: { orient: "split", dtype: "str", shape: [-1], ...free },
    },
  ],
  [
    "any series",
    series(),
    {
      id: "bentoml.io.PandasSeries",
      args: { orient: "records", dtype: null, shape: null, ...free },
    },
  ],
  [
    "a data frame",
    dataframe({ orient: "columns", columns: ["a"], dtype: { a: "int8" }, defaultFormat: "csv" }),
    {
      id: "bentoml.io.PandasDataFrame",
      args: {
        orient: "columns",
        columns: ["a"],
        dtype: { a: "int8" },
        shape: null,
        ...free,
        default_format: "csv",
      },
    },
  ],
  ["any file", file(), { id: "bentoml.io.File", args: { kind: "binaryio", mime_type: null } }],
  [
    "a picture",
    image({ mode: "L", mimeType: "image/png", allowedMimeTypes: ["image/gif"] }),
    {
      id: "bentoml.io.Image",
      args: { pilmode: "L", mime_type: "image/png", allowed_mime_types: ["image/gif"] },
    },
  ],
  [
    "a picture as a tensor, which is sent like any other",
    image({ mode: "L", mimeType: "image/png", allowedMimeTypes: ["image/gif"], layout: "NCHW" }),
    {
      id: "bentoml.io.Image",
      args: { pilmode: "L", mime_type: "image/png", allowed_mime_types: ["image/gif"] },
    },
  ],
  [
    "a form",
    multipart({ note: text(), options: json() }),
    {
      id: "bentoml.io.Multipart",
      args: { note: { id: "bentoml.io.Text" }, options: JSON_SPEC },
    },
  ],
  ["a descriptor of the user's own", custom, { id: "example.Reversed" }],
];

for (const [what, io, spec] of SPECS) {
  test(`specOf() gives BentoML's spec of ${what}`, () => {
    assert.deepEqual(specOf(io), spec);
    assert.equal(idOf(io), specOf(io).id);
  });
}

test("isKnownToBentoml() refuses a user's own descriptor", () => {
  for (const [what, io] of SPECS) {
    assert.equal(isKnownToBentoml(io), io !== custom, what);
  }
  assert.equal(isKnownToBentoml(multipart({ note: text(), other: custom })), false);
});
