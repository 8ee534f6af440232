import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { Io, Payload } from "../../src/io/io.ts";
import { json } from "../../src/io/json.ts";

const bodyOf = (text: string, type?: string): Payload => ({
  bytes: new TextEncoder().encode(text),
  type,
});
const decode = async <In>(io: Io<In, never>, text: string): Promise<In> => io.decode(bodyOf(text));
const encode = async <Out>(io: Io<unknown, Out>, value: Out): Promise<string> =>
  new TextDecoder().decode((await io.encode(value)).bytes);

const VALUES = ['{"a":[1,2.5,"ü",null,true]}', "0", '"x"', "null", "[]"];

for (const text of VALUES) {
  test(`json() takes and gives ${text}`, async () => {
    assert.deepEqual(await decode(json(), text), JSON.parse(text));
    assert.equal(await encode(json(), JSON.parse(text)), text);
  });
}

test("json() ignores the content type", async () => {
  const type = "application/x-www-form-urlencoded";
  assert.deepEqual(await json().decode(bodyOf('{"a":1}', type)), { a: 1 });
});

test("json() takes a byte order mark", async () => {
  assert.equal(await decode(json(), "\ufeff1"), 1);
});

const deep = (open: string, close: string, levels: number): string =>
  `${open.repeat(levels)}1${close.repeat(levels)}`;

const BAD: readonly [string, string, RegExp][] = [
  ["an empty body", "", /^Invalid JSON input received: the body is empty$/],
  ["an open object", '{"a": 1', /^Invalid JSON input received: \w/],
  ["a bare word", "yes", /^Invalid JSON input received: \w/],
  ["100,000 nested arrays", deep("[", "]", 100_000), /nested deeper than 512 levels/],
  ["100,000 nested objects", deep('{"a":', "}", 100_000), /nested deeper than 512 levels/],
  ["100,000 open brackets", "[".repeat(100_000), /^Invalid JSON input received: /],
  ["513 levels", deep("[", "]", 513), /nested deeper than 512 levels/],
  ["too many arrays", `[${"[],".repeat(1_000_000)}0]`, /more than 1000000 arrays, objects and/],
  ["too many keys", `[${'{"a":1},'.repeat(500_000)}0]`, /more than 1000000 arrays, objects and/],
];

for (const [what, text, message] of BAD) {
  test(`json() refuses ${what}`, async () => {
    await assert.rejects(decode(json(), text), { code: "invalid_argument", message });
  });
}

for (const [what, value] of [
  ["brackets and quotes in strings", '["{]\\"[:\\\\", \':{[\']'],
  ["a long string of them", JSON.stringify('[{":\\'.repeat(400_000))],
  ["a million numbers", `[${"1,".repeat(999_999)}1]`],
] as const) {
  test(`json() takes ${what}`, async () => {
    const text = value.replaceAll("'", '"');
    assert.deepEqual(await decode(json(), text), JSON.parse(text));
  });
}

test("json() takes 512 levels", async () => {
  assert.ok(Array.isArray(await decode(json(), deep("[", "]", 512))));
});

test("json() refuses bytes that are not UTF-8", async () => {
  const body = { bytes: Uint8Array.of(0x22, 0xff, 0x22), type: undefined };
  const refused = { code: "invalid_argument", message: /not UTF-8/ };
  await assert.rejects(async () => json().decode(body), refused);
});

test("json() encodes undefined as null, and leaves it out of objects", async () => {
  assert.equal(await encode(json(), undefined), "null");
  assert.equal(
    await encode(json(), { a: undefined, b: new Date(0) }),
    '{"b":"1970-01-01T00:00:00.000Z"}',
  );
});

const circular: { self?: unknown } = {};
circular.self = [circular];
let chain: unknown = 1;
for (let level = 0; level < 100_000; level++) chain = [chain, null];

const UNSAYABLE: readonly [string, unknown, RegExp][] = [
  ["NaN", { scores: [0, { value: Number.NaN }] }, /scores\[1\]\.value is NaN/],
  ["Infinity", [-Infinity], /\[0\] is -Infinity/],
  ["NaN by itself", Number.NaN, /the value is NaN/],
  ["what toJSON makes NaN", { a: { toJSON: () => Number.NaN } }, /a is NaN/],
  ["a BigInt", { "a b": [1n] }, /\["a b"\]\[0\] is the BigInt 1/],
  ["a function", () => 1, /is a function/],
  ["a cycle", circular, /circular/],
  ["100,000 levels", chain, /deeper than 512 levels/],
];

for (const [what, value, message] of UNSAYABLE) {
  test(`json() refuses to encode ${what}`, async () => {
    await assert.rejects(encode(json(), value), { name: "TypeError", message });
  });
}

test("json() encodes nulls that are meant", async () => {
  assert.equal(await encode(json(), { a: null, b: "null" }), '{"a":null,"b":"null"}');
});

const person = z.object({
  name: z.string(),
  age: z.number().int().default(7),
  scores: z.array(z.object({ label: z.string() })).optional(),
});

test("json(schema) gives the handler the schema's output", async () => {
  assert.deepEqual(await decode(json(person), '{"name":"Ada","other":1}'), { name: "Ada", age: 7 });
});

test("json(schema) awaits an asynchronous schema", async () => {
  const known = z.string().refine(async (name) => name === "Ada", "Unknown name");
  assert.equal(await decode(json(known), '"Ada"'), "Ada");
  await assert.rejects(decode(json(known), '"Bob"'), {
    code: "invalid_argument",
    message: "Invalid JSON input received: Unknown name",
  });
});

test("json(schema) refuses a body that does not fit, by path", async () => {
  const body = '{"name":1,"scores":[{"label":"a"},{"label":2}]}';
  await assert.rejects(decode(json(person), body), {
    code: "invalid_argument",
    message: /^Invalid JSON input received: name: .*; scores\[1\]\.label: .*string/,
  });
});

test("json(schema) lists ten problems at most", async () => {
  const error = await decode(json(z.array(z.string())), JSON.stringify(Array(13).fill(1))).catch(
    (thrown: Error) => thrown.message,
  );
  assert.match(String(error), /\[9\]: .*; and 3 more$/);
  assert.doesNotMatch(String(error), /\[10\]/);
});

test("json(schema) reads path segments that are objects", async () => {
  const schema = {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: () => ({ issues: [{ message: "No", path: [{ key: "a" }, 0, { key: "b c" }] }] }),
    },
  };
  await assert.rejects(decode(json(schema), "1"), { message: /received: a\[0\]\["b c"\]: No$/ });
});

test("json(schema) encodes the schema's input as it is", async () => {
  const length = z.string().transform((value) => value.length);
  assert.equal(await decode(json(length), '"four"'), 4);
  assert.equal(await encode(json(length), "four"), '"four"');
});

test("json(schema) refuses to encode what does not fit: the fault of the handler", async () => {
  await assert.rejects(encode(json(person), { name: 5 } as never), {
    name: "TypeError",
    message: /does not fit its schema: name: /,
  });
});

test("json() refuses what is no schema at definition", () => {
  assert.throws(() => json({ type: "string" } as never), { name: "TypeError", message: /Schema/ });
});

for (const body of ["1e400", "[1,-1e400]", '{"a":{"b":[1e999]}}']) {
  test(`json() refuses ${body}, which is beyond a double`, async () => {
    const message = /a number in it is beyond ±1\.8e308/;
    await assert.rejects(decode(json(), body), { code: "invalid_argument", message });
  });
}

test("json(schema) cuts the names that a caller sent", async () => {
  const name = "k".repeat(3000);
  const strict = z.strictObject({ a: z.string().optional() });
  const record = z.record(z.string(), z.string());
  for (const schema of [strict, record]) {
    await assert.rejects(decode(json(schema), `{"${name}":1}`), (error: Error) => {
      return error.message.length < 500;
    });
  }
});
