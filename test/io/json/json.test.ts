import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { Io, Payload } from "../../../src/io/io.ts";
import { json } from "../../../src/io/json/json.ts";

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
  ["white space", " \r\n\t", /: the body has only white space$/],
  ["a byte order mark alone", "\ufeff", /: the body has only white space$/],
  ["NaN", "[1, NaN]", /: unexpected "NaN" at byte 4$/],
  ["a comma at the end", '{"a":1,}', /: unexpected "}" at byte 7$/],
  ["a second value", "1 2", /: unexpected "2" at byte 2$/],
  ["a line break in a string", '"a\nb"', /: unexpected "\\n" at byte 2$/],
  ["an unknown escape", '["\\x41"]', /the string at byte 1 has an invalid escape/],
  ["an open string", '"abc', /it ends too early, at byte 4/],
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

const BIG = "9007199254740993";

test("json() reads integers beyond 2^53 by its option", async () => {
  const text = `{"id":${BIG},"n":1}`;
  await assert.rejects(decode(json(), text), {
    code: "invalid_argument",
    message: /the number 9007199254740993 at byte 6 is beyond ±\(2\^53-1\), and would become 9007/,
  });
  const exact = { id: BigInt(BIG), n: 1 };
  assert.deepEqual(await decode(json({ bigIntegers: true }), text), exact);
  assert.deepEqual(await decode(json({ bigIntegers: "number" }), text), { id: 2 ** 53, n: 1 });
  const schema = z.object({ id: z.bigint(), n: z.number() });
  assert.deepEqual(await decode(json(schema, { bigIntegers: true }), text), exact);
  await assert.rejects(decode(json(schema), text), { code: "invalid_argument" });
  assert.equal(await encode(json({ bigIntegers: true }), exact), text);
});

test("json() takes large numbers as JavaScript writes them", async () => {
  const numbers = [1e20, 2 ** 60, 1.7e308, 1e21, -1e16, Number.MAX_SAFE_INTEGER];
  assert.deepEqual(await decode(json(), JSON.stringify(numbers)), numbers);
});

test("json() refuses a number of more digits than it would convert", async () => {
  const io = json({ bigIntegers: true });
  await assert.rejects(decode(io, "9".repeat(100_000)), { message: /more than 4300 digits/ });
});

test("json() refuses unknown options", () => {
  assert.throws(() => json({ bigIntegers: "yes" as never }), {
    message: /true, false or "number"/,
  });
});

test("json() takes 512 levels", async () => {
  assert.ok(Array.isArray(await decode(json(), deep("[", "]", 512))));
});

const NOT_UTF8: readonly [string, readonly number[], string][] = [
  ["a byte that there is not", [0x22, 0xff, 0x22], "byte 1 is 0xff"],
  ["half a character", [0x22, 0xc3, 0x22], "byte 1 is 0xc3"],
  ["a surrogate", [0x22, 0x61, 0xed, 0xa0, 0x80, 0x22], "byte 2 is 0xed"],
  ["a byte outside strings", [0x5b, 0x80, 0x5d], "byte 1 is 0x80"],
  // U+FFFD itself is a character like any other.
  ["a byte after U+FFFD", [0x22, 0xef, 0xbf, 0xbd, 0xc0, 0x22], "byte 4 is 0xc0"],
];

for (const [what, bytes, reason] of NOT_UTF8) {
  test(`json() refuses ${what}: ${reason}`, async () => {
    const body = { bytes: Uint8Array.from(bytes), type: undefined };
    const message = `Invalid JSON input received: the body is not UTF-8: ${reason}`;
    await assert.rejects(async () => json().decode(body), { code: "invalid_argument", message });
  });
}

test("json() keeps __proto__ as a key like any other", async () => {
  const value = await decode(json<object>(), '{"__proto__":{"admin":true},"a":1}');
  assert.equal((value as { admin?: boolean }).admin, undefined);
  assert.deepEqual(Object.keys(value), ["__proto__", "a"]);
  assert.equal(await encode(json(), value), '{"__proto__":{"admin":true},"a":1}');
});

test("json() takes the last of several values of a key", async () => {
  assert.deepEqual(await decode(json(), '{"a":1,"b":2,"a":3}'), { a: 3, b: 2 });
});

test("json() takes and gives halves of surrogate pairs as escapes", async () => {
  const text = '{"\\ud83d":"\\udc00x"}';
  assert.deepEqual(await decode(json(), text), { "\ud83d": "\udc00x" });
  assert.equal(await encode(json(), await decode(json(), text)), text);
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
  ["NaN beside a BigInt", { a: 1n, "a b": [Number.NaN] }, /\["a b"\]\[0\] is NaN/],
  ["a function", () => 1, /is a function/],
  ["a cycle", circular, /circular/],
  ["100,000 levels", chain, /deeper than 512 levels/],
];

for (const [what, value, message] of UNSAYABLE) {
  test(`json() refuses to encode ${what}`, async () => {
    await assert.rejects(encode(json(), value), { name: "TypeError", message });
  });
}

test("json() encodes null", async () => {
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

test("json(schema) says a path once, also if the library's message begins with it", async () => {
  const schema = {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: () => ({ issues: [{ message: "a[0] must be true", path: ["a", 0] }] }),
    },
  };
  await assert.rejects(decode(json(schema), "1"), { message: /received: a\[0\] must be true$/ });
});

test("json(schema) encodes the schema's input as it is", async () => {
  const length = z.string().transform((value) => value.length);
  assert.equal(await decode(json(length), '"four"'), 4);
  assert.equal(await encode(json(length), "four"), '"four"');
});

test("json(schema) refuses to encode a value that does not fit with a TypeError", async () => {
  await assert.rejects(encode(json(person), { name: 5 } as never), {
    name: "TypeError",
    message: /does not fit its schema: name: /,
  });
});

test("json() refuses anything but a schema at definition", () => {
  assert.throws(() => json({ type: "string" } as never), { name: "TypeError", message: /Schema/ });
});

for (const body of ["1e400", "[1,-1e400]", '{"a":{"b":[1e999]}}']) {
  test(`json() refuses ${body}, which is beyond a double`, async () => {
    const message = /a number in it is beyond ±1\.8e308/;
    await assert.rejects(decode(json(), body), { code: "invalid_argument", message });
  });
}

test("json(schema) repeats excerpts of a caller's names", async () => {
  const name = "k".repeat(3000);
  const strict = z.strictObject({ a: z.string().optional() });
  const record = z.record(z.string(), z.string());
  for (const schema of [strict, record]) {
    await assert.rejects(decode(json(schema), `{"${name}":1}`), (error: Error) => {
      return error.message.length < 500;
    });
  }
});
