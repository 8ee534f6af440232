import assert from "node:assert/strict";
import { test } from "node:test";
import { httpApp as app } from "../../src/http/http-app.ts";
import type { HttpAppOptions } from "../../src/http/http-options.ts";
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
import { type AnyApi, api } from "../../src/service/api.ts";
import { service } from "../../src/service/service.ts";

interface Body {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
  readonly "x-bentoml-io-descriptor": { readonly id: string; readonly args?: object };
}

interface Operation {
  readonly tags: readonly string[];
  readonly description: string;
  readonly "x-bentoml-name": string;
  readonly requestBody: Body;
  readonly responses: { readonly 200: Body };
}

interface Document {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>;
}

async function documentOf(only: AnyApi, options: HttpAppOptions = {}): Promise<Document> {
  const documented = service("documented", { version: "7", apis: { only } });
  const response = await app(documented, options).request("/docs.json");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  return (await response.json()) as Document;
}

/** The operation of an API with that input. */
async function operationOf(input: Io<unknown, never>): Promise<Operation> {
  const { paths } = await documentOf(api({ input, output: text() }, () => ""));
  const { post } = paths["/only"] ?? assert.fail("The API is not in the document");
  return post;
}

/** A descriptor that BentoML has none like. */
const own: Io<string> = {
  kind: "example.Own",
  mediaType: "text/x-own; charset=utf-8",
  decode: () => "",
  encode: () => ({ bytes: new Uint8Array(), type: undefined }),
};

test("app() answers /docs.json with all that BentoML's client reads", async () => {
  const only = api(
    {
      input: json(),
      output: image({ mimeType: "image/webp" }),
      route: "v1/x",
      description: "One.",
    },
    () => assert.fail("nobody calls it"),
  );
  const { openapi, info, paths } = await documentOf(only);
  assert.equal(openapi, "3.0.2");
  assert.deepEqual(info, { title: "documented", description: "", version: "7" });
  const { post } = paths["/v1/x"] ?? assert.fail("The API is not in the document");
  assert.deepEqual(post.tags, ["Service APIs"]);
  assert.equal(post.description, "One.");
  assert.equal(post["x-bentoml-name"], "only");
  assert.deepEqual(post.requestBody["x-bentoml-io-descriptor"], {
    id: "bentoml.io.JSON",
    args: { has_pydantic_model: false, has_json_encoder: false },
  });
  const { content, "x-bentoml-io-descriptor": output } = post.responses[200];
  assert.equal(output.id, "bentoml.io.Image");
  assert.deepEqual(content, { "image/webp": { schema: { type: "string", format: "binary" } } });
});

const binary = { type: "string", format: "binary" };
const numbers = { type: "array", items: { type: "number" } };
const inputs: readonly [what: string, input: Io<unknown, never>, type: string, schema: object][] = [
  ["text()", text(), "text/plain", { type: "string" }],
  ["json()", json(), "application/json", {}],
  [
    "namedTensors()",
    namedTensors(),
    "application/json",
    {
      type: "object",
      additionalProperties: { description: "A tensor, as nested arrays" },
    },
  ],
  [
    "namedTensors() of dtypes",
    namedTensors({ dtypes: { ids: "int64", x: undefined } }),
    "application/json",
    {
      type: "object",
      properties: {
        ids: { description: "A tensor of dtype int64, as nested arrays" },
        x: { description: "A tensor, as nested arrays" },
      },
      additionalProperties: false,
    },
  ],
  ["ndarray()", ndarray(), "application/json", {}],
  [
    "ndarray() of a shape",
    ndarray({ dtype: "float32", shape: [-1, 2] }),
    "application/json",
    { type: "array", items: numbers },
  ],
  [
    "ndarray() of strings",
    ndarray({ dtype: "string", shape: [2] }),
    "application/json",
    { type: "array", items: { type: "string" } },
  ],
  [
    "ndarray() of booleans",
    ndarray({ dtype: "bool", shape: [2] }),
    "application/json",
    { type: "array", items: { type: "boolean" } },
  ],
  ["dataframe()", dataframe(), "application/json", { type: "array", items: { type: "object" } }],
  [
    "dataframe() by columns",
    dataframe({ orient: "columns" }),
    "application/json",
    { type: "object" },
  ],
  [
    "dataframe() of values",
    dataframe({ orient: "values", columns: ["a"] }),
    "application/json",
    { type: "array", items: { type: "array", items: {} } },
  ],
  ["dataframe() as CSV", dataframe({ defaultFormat: "csv" }), "text/csv", { type: "string" }],
  ["series()", series(), "application/json", { type: "array", items: {} }],
  [
    "series() of a dtype",
    series({ dtype: "float32" }),
    "application/json",
    { type: "array", items: { type: "number", nullable: true } },
  ],
  ["series() by index", series({ orient: "index" }), "application/json", { type: "object" }],
  ["series() split", series({ orient: "split" }), "application/json", { type: "object" }],
  ["file()", file(), "*/*", binary],
  ["file() of a type", file({ mimeType: "application/pdf" }), "application/pdf", binary],
  ["image()", image({ allowedMimeTypes: ["image/png"] }), "image/png", binary],
  [
    "multipart()",
    multipart({ x: ndarray({ dtype: "float64", shape: [3] }), raw: file() }),
    "multipart/form-data",
    { type: "object", properties: { x: numbers, raw: binary }, required: ["x", "raw"] },
  ],
  ["a descriptor of another making", own, "text/x-own", {}],
];

/** The media types that a body may have besides. */
const OTHER_TYPES: Readonly<Record<string, readonly string[]>> = {
  ndarray: ["application/x-npy", "application/octet-stream"],
  dataframe: ["application/json", "text/csv", "application/vnd.apache.parquet"],
};

for (const [what, input, type, schema] of inputs) {
  test(`app() describes a body of ${what} in /docs.json`, async () => {
    const { requestBody } = await operationOf(input);
    const { [type]: first, ...others } = requestBody.content;
    assert.deepEqual(first, { schema });
    const types = OTHER_TYPES[input.kind]?.filter((other) => other !== type) ?? [];
    // Strings have no memory of their own.
    if (what === "ndarray() of strings") types.pop();
    assert.deepEqual(Object.keys(others), types);
  });
}

test("app() lists every type of picture that an API accepts in /docs.json", async () => {
  const allowedMimeTypes = ["image/png", "image/webp"] as const;
  const { requestBody } = await operationOf(image({ mimeType: "image/jpeg", allowedMimeTypes }));
  assert.deepEqual(Object.keys(requestBody.content), allowedMimeTypes);
});

test("app() hides APIs whose descriptors BentoML's client does not have", async () => {
  for (const input of [own, multipart({ name: text(), own })]) {
    const { tags } = await operationOf(input);
    assert.deepEqual(tags, ["Other APIs"]);
  }
});

test("app() lists the probes in /docs.json, and the metrics if they are served", async () => {
  const probes = ["/livez", "/healthz", "/readyz"];
  const only = api({ input: text(), output: text() }, () => "");
  const { paths } = await documentOf(only);
  assert.deepEqual(Object.keys(paths), [...probes, "/metrics", "/only"]);
  const without = await documentOf(only, { metrics: { enabled: false } });
  assert.deepEqual(Object.keys(without.paths), [...probes, "/only"]);
});

test("app() counts requests for /docs.json, and refuses other methods there", async () => {
  const only = api({ input: text(), output: text() }, () => "");
  const hono = app(service("documented", { apis: { only } }));
  const refused = await hono.request("/docs.json", { method: "POST" });
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.get("allow"), "GET");
  const metrics = await (await hono.request("/metrics")).text();
  assert.match(metrics, /request_total\{endpoint="\/docs\.json",.*http_response_code="405"\} 1/);
});
