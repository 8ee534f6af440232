import assert from "node:assert/strict";
import { test } from "node:test";
import { httpApp as app } from "../../src/http/http-app.ts";
import type { HttpAppOptions } from "../../src/http/http-options.ts";
import { file } from "../../src/io/file.ts";
import { multipart } from "../../src/io/form/multipart.ts";
import type { Io } from "../../src/io/io.ts";
import { json } from "../../src/io/json/json.ts";
import { IMAGE_MEDIA_TYPES, image } from "../../src/io/picture/image.ts";
import { dataframe } from "../../src/io/table/dataframe.ts";
import { series } from "../../src/io/table/series.ts";
import { namedTensors } from "../../src/io/tensor/named-tensors.ts";
import { ndarray } from "../../src/io/tensor/ndarray.ts";
import { text } from "../../src/io/text.ts";
import { type AnyApi, api } from "../../src/service/api.ts";
import { service } from "../../src/service/service.ts";

interface Body {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
  readonly "x-ekiben-io": object;
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
  const documented = service("documented", { version: "7", models: false, apis: { only } });
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
  assert.equal(openapi, "3.1.1");
  const about = "The APIs and the models of documented";
  assert.deepEqual(info, { title: "documented", version: "7", description: about });
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
  assert.deepEqual(content, { "image/webp": { schema: bytesOf("image/webp") } });
});

const bytesOf = (contentMediaType: string) => ({
  type: "string",
  format: "binary",
  contentMediaType,
});
const float = { type: "number", format: "float" };
const words = { type: "string", enum: ["NaN", "Infinity", "-Infinity"] };
const floats = { anyOf: [float, words, { type: "boolean", description: "Cast to float32" }] };
const csv = { type: "string", minLength: 1 };
const cells = {
  anyOf: ["string", "number", "boolean", "null"].map((type) => ({ type })),
};
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const inputs: readonly [what: string, input: Io<unknown, never>, type: string, schema: object][] = [
  ["text()", text(), "text/plain", { type: "string" }],
  ["json()", json(), "application/json", {}],
  [
    "namedTensors()",
    namedTensors(),
    "application/json",
    { type: "object", additionalProperties: ref("AnyTensor") },
  ],
  [
    "namedTensors() of dtypes",
    namedTensors({ dtypes: { ids: "int64", x: undefined } }),
    "application/json",
    {
      type: "object",
      properties: { ids: ref("CastableInt64Tensor"), x: ref("AnyTensor") },
      additionalProperties: false,
    },
  ],
  [
    "namedTensors() that are required",
    namedTensors({ tensors: () => [{ name: "x", dtype: "bool", shape: [2], required: true }] }),
    "application/json",
    {
      type: "object",
      properties: { x: ref("CastableBoolTensor") },
      required: ["x"],
      additionalProperties: false,
    },
  ],
  ["ndarray()", ndarray(), "application/json", ref("AnyTensor")],
  [
    "ndarray() of a shape",
    ndarray({ dtype: "float32", shape: [-1, 2], enforceShape: true }),
    "application/json",
    {
      type: "array",
      minItems: 1,
      items: { type: "array", items: floats, minItems: 2, maxItems: 2 },
    },
  ],
  [
    "ndarray() of integers",
    ndarray({ dtype: "int8", shape: [2], enforceDtype: true, enforceShape: true }),
    "application/json",
    {
      type: "array",
      items: { type: "integer", format: "int8", minimum: -128, maximum: 127 },
      minItems: 2,
      maxItems: 2,
    },
  ],
  [
    "ndarray() of strings",
    ndarray({ dtype: "string", shape: [2], enforceShape: true }),
    "application/json",
    { type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 },
  ],
  [
    "dataframe()",
    dataframe(),
    "application/json",
    {
      type: "array",
      items: {
        type: "object",
        description: "The cells of a row, by column; a cell that is missing is null",
        additionalProperties: cells,
      },
    },
  ],
  [
    "dataframe() of values",
    dataframe({ orient: "values", columns: ["a"] }),
    "application/json",
    { type: "array", items: { type: "array", items: cells, minItems: 1, maxItems: 1 } },
  ],
  ["dataframe() as CSV", dataframe({ defaultFormat: "csv" }), "text/csv", csv],
  ["series()", series(), "application/json", { type: "array", items: cells }],
  [
    "series() of a dtype",
    series({ dtype: "float32" }),
    "application/json",
    { type: "array", items: { anyOf: [...floats.anyOf, { type: "null" }] } },
  ],
  [
    "series() by index",
    series({ orient: "index" }),
    "application/json",
    { type: "object", additionalProperties: cells },
  ],
  ["file()", file(), "*/*", bytesOf("application/octet-stream")],
  [
    "file() of a type",
    file({ mimeType: "application/pdf" }),
    "application/pdf",
    bytesOf("application/pdf"),
  ],
  ["image()", image({ allowedMimeTypes: ["image/png"] }), "image/png", bytesOf("image/png")],
  [
    "multipart()",
    multipart({ x: text(), raw: file() }),
    "multipart/form-data",
    {
      type: "object",
      properties: { x: { type: "string" }, raw: bytesOf("application/octet-stream") },
      required: ["x", "raw"],
      additionalProperties: false,
    },
  ],
  ["a descriptor of another making", own, "text/x-own", {}],
];

/** The media types that a body may have besides. */
const OTHER_TYPES: Readonly<Record<string, readonly string[]>> = {
  ndarray: ["application/x-npy", "application/octet-stream"],
  dataframe: ["application/json", "text/csv", "application/vnd.apache.parquet"],
  image: ["multipart/form-data"],
  file: ["multipart/form-data"],
};

for (const [what, input, type, schema] of inputs) {
  test(`app() describes a body of ${what} in /docs.json`, async () => {
    const { requestBody } = await operationOf(input);
    const { [type]: first, ...others } = requestBody.content;
    assert.deepEqual(first?.schema, schema);
    const types = OTHER_TYPES[input.kind]?.filter((other) => other !== type) ?? [];
    // Strings have no memory of their own.
    if (what === "ndarray() of strings") types.pop();
    assert.deepEqual(Object.keys(others), types);
  });
}

test("app() lists every type of picture that an API accepts in /docs.json", async () => {
  const allowedMimeTypes = ["image/png", "image/webp"] as const;
  const { requestBody } = await operationOf(image({ mimeType: "image/jpeg", allowedMimeTypes }));
  assert.deepEqual(Object.keys(requestBody.content), [...allowedMimeTypes, "multipart/form-data"]);
  const asTensor = await operationOf(image({ allowedMimeTypes, layout: "NCHW" }));
  assert.deepEqual(asTensor.requestBody, requestBody);
});

test("app() hides APIs whose descriptors BentoML's client does not have", async () => {
  for (const input of [own, multipart({ name: text(), own })]) {
    const { tags } = await operationOf(input);
    assert.deepEqual(tags, ["Other APIs"]);
  }
});

test("app() lists the probes in /docs.json, and the metrics if they are served", async () => {
  const probes = ["/livez", "/healthz", "/readyz", "/openapi.json", "/docs.json", "/schema.json"];
  const only = api({ input: text(), output: text() }, () => "");
  const { paths } = await documentOf(only);
  assert.deepEqual(Object.keys(paths), ["/only", ...probes, "/metrics", "/"]);
  const without = await documentOf(only, { metrics: { enabled: false }, ui: false });
  assert.deepEqual(Object.keys(without.paths), ["/only", ...probes]);
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

test("app() has the options of APIs in /openapi.json, and the types of streams", async () => {
  const form = multipart({ picture: image({ mode: "L" }), x: ndarray({ dtype: "int8" }) });
  const only = api({ input: form, output: json() }, async function* answers() {
    yield 1;
  });
  const hono = app(service("documented", { models: false, apis: { only } }));
  const { paths } = (await (await hono.request("/openapi.json")).json()) as Document;
  const { requestBody, responses } = paths["/only"]?.post ?? assert.fail("It has no API");
  assert.deepEqual(requestBody["x-ekiben-io"], {
    kind: "multipart",
    fields: {
      picture: {
        kind: "image",
        mode: "L",
        mimeType: "image/jpeg",
        allowedMimeTypes: IMAGE_MEDIA_TYPES,
      },
      x: { kind: "ndarray", dtype: "int8", enforceDtype: false, enforceShape: false },
    },
  });
  assert.deepEqual(responses[200]["x-ekiben-io"], { kind: "json", hasSchema: false });
  const streams = ["application/x-ndjson", "text/event-stream"];
  assert.deepEqual(Object.keys(responses[200].content), streams);
});
