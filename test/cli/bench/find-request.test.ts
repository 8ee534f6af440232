import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { findRequest } from "../../../src/cli/bench/find-request.ts";
import { httpCall } from "../../../src/cli/bench/http-call.ts";
import {
  api,
  dataframe,
  file,
  type Io,
  image,
  json,
  multipart,
  ndarray,
  series,
  service,
  text,
} from "../../../src/index.ts";
import { type Server, serve } from "../../../src/serve.ts";

const audio: Io<Uint8Array> = {
  kind: "audio",
  mediaType: "audio/wav",
  decode: ({ bytes }) => bytes,
  encode: (bytes) => ({ bytes, type: "audio/wav" }),
};

const INPUTS: Readonly<Record<string, unknown>> = {
  sentence: text(),
  anything: json(),
  checked: json(
    z.object({ name: z.string().min(60), age: z.number().min(18), tags: z.string().array() }),
  ),
  array: ndarray({ dtype: "float32", shape: [-1, 2, 3], enforceShape: true }),
  flags: ndarray({ dtype: "bool", shape: [4], enforceDtype: true }),
  frame: dataframe(),
  columns: dataframe({ columns: ["a", "b"], orient: "columns" }),
  row: series({ dtype: "int64" }),
  bytes: file(),
  picture: image(),
  webp: image({ allowedMimeTypes: ["image/jpeg"] }),
  form: multipart({ picture: image(), note: text(), numbers: ndarray({ dtype: "int32" }) }),
};

let server: Server;
before(async () => {
  const apis = Object.entries({ ...INPUTS, audio }).map(([name, input]) => [
    name,
    api({ input: input as Io, output: json(), route: `v1/${name}` }, () => ({ done: true })),
  ]);
  server = await serve(service("samples", { apis: Object.fromEntries(apis) }), {
    port: 0,
    grpcPort: false,
    host: "127.0.0.1",
    signals: false,
  });
});
after(() => server.close());

const wanted = { headers: {}, body: undefined };

for (const name of Object.keys(INPUTS)) {
  test(`findRequest() makes a sample that the API ${name} takes`, async () => {
    const { request } = await findRequest({ ...wanted, url: server.url, api: name });
    const failure: { text?: string } = {};
    const { outcome } = await httpCall(request, 10_000, failure)(new AbortController().signal);
    assert.deepEqual([outcome, failure.text], [200, undefined]);
  });
}

const finds: readonly [string, string, string | undefined][] = [
  ["the name of an API", "", "sentence"],
  ["its route", "", "v1/sentence"],
  ["its route with a slash", "", "/v1/sentence"],
  ["its URL", "/v1/sentence", undefined],
];
for (const [what, path, api] of finds) {
  test(`findRequest() takes ${what}`, async () => {
    const { name, request } = await findRequest({ ...wanted, url: server.url + path, api });
    assert.deepEqual([name, request.url], ["sentence", `${server.url}/v1/sentence`]);
  });
}

test("findRequest() takes a body, and its type", async () => {
  const body = { bytes: new TextEncoder().encode("x"), type: "text/csv" };
  const headers = { "x-user": "7" };
  const { request } = await findRequest({ url: server.url, api: "frame", headers, body });
  assert.deepEqual(request.headers, { "content-type": "text/csv", "x-user": "7" });
  assert.equal(request.body, body.bytes);
});

const refused: readonly [string, string, string | undefined, RegExp][] = [
  ["several APIs without a name", "", undefined, /several APIs .*: sentence, anything, /],
  ["a misspelt API", "", "sentense", /no API and no model "sentense": did you mean "sentence"\?/],
  ["an input of a kind of its own", "", "audio", /of kind "audio": give one by --data/],
  [
    "a URL of another protocol",
    "ftp://localhost",
    undefined,
    /must be like http:\/\/localhost:3000/,
  ],
  ["a word for a URL", "localhost", undefined, /must be like http:\/\/localhost:3000, but was/],
  ["a port where nothing listens", "http://127.0.0.1:1", undefined, /^Cannot reach http:\/\/127/],
];
for (const [what, url, api, message] of refused) {
  test(`findRequest() refuses ${what}`, async () => {
    const given = url === "" ? server.url : url;
    const found = findRequest({ ...wanted, url: given, api });
    await assert.rejects(
      found,
      (error: Error) => message.test(error.message) || assert.fail(error),
    );
  });
}
