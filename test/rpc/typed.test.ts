import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  type DescMethod,
  fromJson,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { descriptorOf, protoFile } from "../../src/proto/index.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { methodPaths } from "../../src/rpc/paths.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { service as defineService, type Service } from "../../src/service/service.ts";
import type { Apis, ServiceOptions } from "../../src/service/service-options.ts";
import { echo, example } from "../proto/strange.ts";
import { countsOf, PROTOCOLS, serviceOf, transportTo } from "./fixture.ts";
import { CALLS, PNG } from "./typed-calls.ts";

const { service } = serviceOf(echo.apis);
const [typed] = descriptorOf(protoFile(service)).services;
assert.ok(typed);

type Fields = Record<string, unknown>;
type Call = (request: object, options?: { signal?: AbortSignal }) => Promise<Message>;
type Stream = (request: object) => AsyncIterable<Message>;

const rpc = rpcFetch(rpcRoutes(service));
const methodOf = (name: string): DescMethod => {
  const found = typed.methods.find(({ localName }) => localName === name);
  assert.ok(found);
  return found;
};

/** The bytes of a message: NaN, as no value, is equal to itself there. */
const bytesOf = ({ output }: DescMethod, message: Fields): Uint8Array =>
  toBinary(output, create(output, message));

for (const protocol of PROTOCOLS) {
  const client = createClient(typed, transportTo(rpc, protocol));
  const calls = client as unknown as Readonly<Record<string, Call>>;
  const callOf = (name: string): Call => calls[name] as Call;

  for (const [name, [request, answer]] of Object.entries(CALLS)) {
    test(`typed rpcs: ${name} over ${protocol}`, async () => {
      const message = await callOf(name)(request);
      const method = methodOf(name);
      assert.deepEqual(bytesOf(method, message as unknown as Fields), bytesOf(method, answer));
    });
  }

  test(`typed rpcs: a picture over ${protocol}`, async () => {
    const made = await callOf("picture")({ image: { content: PNG } });
    const { image } = made as unknown as { image: { content: Uint8Array; mediaType: string } };
    assert.equal(image.mediaType, "image/jpeg");
    assert.deepEqual([...image.content.subarray(0, 2)], [0xff, 0xd8]);
  });

  test(`typed rpcs: a stream over ${protocol}`, async () => {
    const { countUp } = client as unknown as Readonly<Record<string, Stream>>;
    const made = await Array.fromAsync((countUp as Stream)({ to: 3 }));
    assert.deepEqual(
      made.map((message) => (message as unknown as { n: number }).n),
      [1, 2, 3],
    );
  });
}

/** The request with the fields of `example`. */
function strangeRequest(): Fields {
  const { shape: _, tree, color: __, constructor: made, ...same } = example;
  return {
    ...same,
    large: BigInt(example.large),
    color: 5,
    note: undefined,
    noTags: undefined,
    matrix: example.matrix.map((values) => ({ values })),
    gaps: [{ value: 1 }, {}],
    mixed: { item1: "x", item2: false, rest: [3] },
    constant: undefined,
    lists: { a: { values: ["b"] }, b: {} },
    either: { kind: { case: "arrayValue", value: { values: ["x"] } } },
    shape: { kind: { case: "square", value: { side: 0 } } },
    tree,
    anything: fromJson(ValueSchema, example.anything as unknown as JsonValue),
    constructor$: made,
    fooBar: example.foo_bar,
    fooBar3: example.fooBar,
    foobar2: example.foobar,
    groU00dfE: example.größe,
    u6e29U5ea6: example.温度,
    n9Lives: example["9 lives"],
    unnamed: example[""],
    key: example["[key]"],
  };
}

test("typed rpcs: every type of a JSON Schema, there and back", async () => {
  const client = createClient(typed, transportTo(rpc, "Connect binary"));
  const { strange } = client as unknown as Readonly<Record<string, Call>>;
  const { output } = methodOf("strange");
  const made = await (strange as Call)(strangeRequest());
  const answer = {
    ...strangeRequest(),
    constant: "v1",
    shape: squareOf({ type: "square", side: 0 }),
  };
  assert.deepEqual(toJson(output, made), toJson(output, create(output, answer)));
});

function squareOf(value: object): object {
  return { kind: { case: "square", value } };
}

/** Calls the typed rpc of an API in JSON, as `curl` does. */
async function post(name: string, body: object): Promise<{ status: number; answer: object }> {
  const response = await rpc(
    new Request(`http://test/${typed?.typeName}/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
  assert.ok(response);
  return { status: response.status, answer: (await response.json()) as object };
}

test("typed rpcs: the names of keys in JSON are those of the schema", async () => {
  const { answer } = await post("Strange", {
    ...{ ...strangeJson(), 温度: "a", "9 lives": "b", foo_bar: "c", fooBar: "d" },
  });
  const {
    温度: kanji,
    "9 lives": lives,
    foo_bar,
    fooBar,
  } = answer as Readonly<Record<string, string>>;
  assert.deepEqual([kanji, lives, foo_bar, fooBar], ["a", "b", "c", "d"]);
});

function strangeJson(): Readonly<Record<string, unknown>> {
  const { input } = methodOf("strange");
  return toJson(input, create(input, strangeRequest())) as Readonly<Record<string, unknown>>;
}

const REFUSED: readonly (readonly [name: string, body: object, message: RegExp])[] = [
  ["Text", {}, /^The field "text" is not set$/],
  ["Json", {}, /^The field "value" is not set$/],
  ["Tensor", {}, /^The field "tensor" is not set$/],
  ["Tensor", { tensor: { shape: [2], values: [1, 2, 3] } }, /shape \[2\] of 3 values/],
  ["Tensor", { tensor: { shape: [-1, 0], values: [] } }, /shape/],
  ["Named", { pixels: { values: "AA==", shape: [2] } }, /shape \[2\] of 1 values/],
  ["Table", { table: { age: { values: [1], missingRows: [1] } } }, /Row 1 is missing/],
  ["Table", { table: { age: { values: [1] }, name: {} } }, /different lengths/],
  ["Table", { table: { any: { boolValues: [true], stringValues: ["a"] } } }, /one field alone/],
  ["Form", { title: "a", doc: { content: "AA==" } }, /"meta": The field "meta" is not set/],
  ["Form", { title: "a", meta: {}, doc: { content: "AA==" } }, /"meta": .*n: /],
  ["Picture", { image: { content: "AAAA" } }, /picture|image/i],
  ["Strange", {}, /small: /],
  ["Strange", { ...strangeJsonOf({ ratio: "NaN" }) }, /A number is NaN/],
  ["Strange", { ...strangeJsonOf({ color: 9 }) }, /9 is no value of StrangeRequestColor/],
  ["Strange", { ...strangeJsonOf({ shape: {} }) }, /"kind of StrangeRequestShape" is not set/],
  ["List", { values: ["9223372036854775807"] }, /./],
];

function strangeJsonOf(changed: object): object {
  return { ...strangeJson(), ...changed };
}

for (const [name, body, message] of REFUSED) {
  test(`typed rpcs: ${name} refuses ${JSON.stringify(body).slice(0, 60)}`, async () => {
    const { answer } = await post(name, body);
    const { code, message: text } = answer as { code: string; message: string };
    assert.match(text, message);
    assert.ok(["invalid_argument", "unsupported_media_type"].includes(code), code);
  });
}

test("typed rpcs: calls are counted as those of the API by other methods", async () => {
  const counted = serviceOf(echo.apis);
  const own = rpcFetch(rpcRoutes(counted.service));
  const client = createClient(typed, transportTo(own, "gRPC-Web"));
  const { text } = client as unknown as Readonly<Record<string, Call>>;
  await (text as Call)({ text: "a" });
  await assert.rejects(
    (text as Call)({}),
    ({ code }: ConnectError) => code === Code.InvalidArgument,
  );
  assert.deepEqual(await countsOf(counted.service), ["text 200: 1", "text 400: 1"]);
});

test("typed rpcs: a proto file keeps its package and its numbers", async () => {
  const proto = "package acme.v1; message TextRequest { string text = 5; }";
  const own = serviceWith({ apis: echo.apis, proto });
  const file = descriptorOf(protoFile(own, { earlier: proto }));
  const [desc] = file.services;
  assert.ok(desc);
  assert.equal(desc.methods[0]?.input.fields[0]?.number, 5);
  const client = createClient(desc, transportTo(rpcFetch(rpcRoutes(own)), "Connect binary"));
  const { text } = client as unknown as Readonly<Record<string, Call>>;
  const made = (await (text as Call)({ text: "a" })) as unknown as { text: string };
  assert.equal(made.text, "a");
});

test("typed rpcs: there are none with `proto: false`, or without APIs", () => {
  for (const options of [{ apis: echo.apis, proto: false as const }, { apis: {} }]) {
    const paths = methodPaths(serviceWith(options));
    assert.ok(!paths.some((path) => path.startsWith("/ekiben.strange_echo")));
  }
});

function serviceWith(options: ServiceOptions<Apis>): Service {
  return defineService("strange-echo", options);
}
