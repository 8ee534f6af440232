import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { ServiceError } from "../../src/error.ts";
import { file } from "../../src/io/file.ts";
import { decodeBody, encodeForm, type Part, parseForm } from "../../src/io/form.ts";
import type { Io, Payload } from "../../src/io/io.ts";
import { json } from "../../src/io/json.ts";
import { multipart } from "../../src/io/multipart.ts";
import { ndarray } from "../../src/io/ndarray.ts";
import { text } from "../../src/io/text.ts";
import { tensor } from "../../src/tensor.ts";

const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);
const textOf = (value: Uint8Array): string => new TextDecoder().decode(value);
const part = (name: string, value: string, type?: string, filename?: string): Part => ({
  name,
  type,
  filename,
  bytes: bytesOf(value),
});
const raw = (body: string, boundary = "b"): Payload => ({
  bytes: bytesOf(body.replaceAll("\n", "\r\n")),
  type: `multipart/form-data; boundary=${boundary}`,
});

const PARTS = [
  part("plain", "text"),
  part("empty", ""),
  part("file", "a\r\n--b\r\n", "text/plain; charset=utf-8", "größe.txt"),
  part('quo"te\r\n', "x", undefined, 'a"b;c=d\n.txt'),
  part("nameless", "x", "image/png", ""),
  part("京", "", undefined, "京.bin"),
];

test("encodeForm() writes what parseForm() reads", () => {
  const form = encodeForm(PARTS);
  assert.match(String(form.type), /^multipart\/form-data; boundary=[0-9a-f]{32}$/);
  assert.deepEqual(parseForm(form), PARTS);
  assert.deepEqual(parseForm(encodeForm([])), []);
});

test("encodeForm() escapes names as browsers do", () => {
  const body = textOf(encodeForm([part('a"b\r\n', "x", "text/csv", 'c"d')]).bytes);
  const head = 'Content-Disposition: form-data; name="a%22b%0D%0A"; filename="c%22d"\r\n';
  assert.ok(body.includes(`${head}Content-Type: text/csv\r\n\r\nx\r\n--`), body);
});

test("encodeForm() writes what the platform's parser reads", async () => {
  const { bytes, type } = encodeForm([part("a", "1"), part("f", "data", "text/csv", "f.csv")]);
  const headers = { "content-type": String(type) };
  const form = await new Response(new Uint8Array(bytes), { headers }).formData();
  assert.equal(form.get("a"), "1");
  const read = form.get("f") as File;
  assert.deepEqual([read.name, read.type, await read.text()], ["f.csv", "text/csv", "data"]);
});

for (const type of ["text/pl\x01ain", "text/plain; n=é日", "a/\x7f"]) {
  test(`Forms have no part of type ${JSON.stringify(type)}`, () => {
    for (const one of [type, "text/csv\r\nX-Evil: 1"]) {
      assert.throws(() => encodeForm([part("a", "", one)]), { name: "TypeError" });
    }
    const head = 'Content-Disposition: form-data; name="f"';
    assert.throws(() => parseForm(raw(`--b\n${head}\nContent-Type: ${type}\n\nx\n--b--\n`)), {
      code: "invalid_argument",
      message: /part 1, "f", has characters other than visible ASCII/,
    });
  });
}

test("parseForm() reads what the platform writes", async () => {
  const form = new FormData();
  form.append("a", "1");
  form.append("f", new File(["data"], 'n"ame.csv', { type: "text/csv" }));
  const response = new Response(form);
  const type = response.headers.get("content-type") ?? undefined;
  const parts = parseForm({ bytes: new Uint8Array(await response.arrayBuffer()), type });
  assert.deepEqual(parts[0], part("a", "1"));
  assert.deepEqual(
    [parts[1]?.filename, textOf(parts[1]?.bytes ?? bytesOf(""))],
    ['n"ame.csv', "data"],
  );
});

test("parseForm() gives views on the body", () => {
  const form = encodeForm([part("a", "12345")]);
  assert.equal(parseForm(form)[0]?.bytes.buffer, form.bytes.buffer);
});

test("parseForm() takes a view on a larger buffer", () => {
  const { bytes, type } = encodeForm(PARTS);
  const larger = new Uint8Array(bytes.length + 20).fill(45);
  larger.set(bytes, 10);
  assert.deepEqual(parseForm({ bytes: larger.subarray(10, -10), type }), PARTS);
});

test("parseForm() takes a quoted boundary, unquoted names, and a line break at the start", () => {
  const body = raw("\n--b c\ncontent-disposition: form-data; name=a\n\nx\n--b c--", '"b c"');
  assert.deepEqual(parseForm(body), [part("a", "x")]);
});

const named = (name: string): string => `--b\nContent-Disposition: form-data; name="${name}"\n`;
const many = `${named("a")}\nx\n`;

const BAD: readonly [string, Payload, RegExp][] = [
  ["no boundary", { ...raw("x"), type: "multipart/form-data" }, /has no boundary/],
  ["an empty boundary", { ...raw("x"), type: "multipart/form-data; boundary=" }, /has no boundary/],
  ["a long boundary", raw("x", "b".repeat(71)), /at most 70 characters, but has 71/],
  ["an empty body", raw(""), /the body is empty/],
  ["another boundary", raw(many.replaceAll("--b", "--c")), /does not begin with the boundary/],
  ["no closing boundary", raw(`${named("a")}\nx\n`), /ends before its closing boundary/],
  ["an end inside the headers", raw(named("a")), /ends before its closing boundary/],
  ["an end inside a boundary", raw(`${named("a")}\nx\n--b`), /ends before its closing boundary/],
  ["a part without headers", raw(`--b\n\nx\n${named("a")}\ny\n--b--`), /part 1 has no headers/],
  [
    "a later one",
    raw(`${named("a")}\n\n--b\n\nx\n${named("a")}\ny\n--b--`),
    /part 2 has no headers/,
  ],
  ["text after a boundary", raw(`--bb${named("a").slice(3)}\nx\n--b--`), /part 1 has no headers/],
  ["a part without a name", raw("--b\nContent-Type: text/csv\n\nx\n--b--"), /part 1 has no name/],
  ["9 kB of headers", raw(`--b\nX: ${"x".repeat(9000)}\n\nx\n--b--`), /part 1 exceed 8192 bytes/],
  ["1,001 parts", raw(`${many.repeat(1001)}--b--`), /at most 1000 parts/],
];

for (const [what, payload, message] of BAD) {
  test(`parseForm() refuses ${what}`, () => {
    assert.throws(() => parseForm(payload), { code: "invalid_argument", message });
  });
}

test("parseForm() takes 1,000 parts", () => {
  assert.equal(parseForm(raw(`${many.repeat(1000)}--b--`)).length, 1000);
});

test("parseForm() refuses headers that are not UTF-8", () => {
  const { bytes, type } = raw(`${named("?")}\nx\n--b--`);
  bytes[bytes.indexOf("?".charCodeAt(0))] = 0xff;
  assert.throws(() => parseForm({ bytes, type }), { code: "invalid_argument", message: /UTF-8/ });
});

for (const type of [undefined, "application/json", "multipart/mixed; boundary=b"]) {
  test(`parseForm() refuses the type ${type}`, () => {
    assert.throws(() => parseForm({ bytes: bytesOf("--b--"), type }), {
      code: "unsupported_media_type",
      message: /must be multipart\/form-data/,
    });
  });
}

test("decodeBody() leaves a form to a descriptor that takes no files", async () => {
  const form = encodeForm([part("a", "x", "text/csv", "a.csv")]);
  assert.match(await decodeBody(text(), form), /^--[0-9a-f]{32}\r\n/);
});

test("decodeBody() says what a descriptor that takes nothing does not take", async () => {
  const silent: Io<string> = { ...text(), takesPart: () => false };
  await assert.rejects(decodeBody(silent, encodeForm([part("a", "x", "image/gif")])), {
    code: "unsupported_media_type",
    message: /bentoml\.io\.Text does not take files of type image\/gif/,
  });
});

const io = multipart({
  title: text(),
  pixels: ndarray({ dtype: "uint8" }),
  options: json(z.object({ top: z.number() })),
  upload: file({ mimeType: "text/csv" }),
});
const GOOD = [
  part("upload", "a,b", "text/csv", "u.csv"),
  part("options", '{"top":3}'),
  part("title", "Größe"),
  part("pixels", "[1,2]"),
];

test("multipart() gives each field what its descriptor makes, by name", async () => {
  assert.deepEqual(await io.decode(encodeForm(GOOD)), {
    title: "Größe",
    pixels: tensor("uint8", [2], Uint8Array.of(1, 2)),
    options: { top: 3 },
    upload: { bytes: bytesOf("a,b"), type: "text/csv", filename: "u.csv" },
  });
});

test("multipart() encodes each field with the type and filename its descriptor gives", async () => {
  const payload = await io.encode({
    title: "t",
    pixels: tensor("uint8", [1], Uint8Array.of(7)),
    options: { top: 1 },
    upload: { bytes: bytesOf("x"), filename: "x.csv" },
  });
  assert.equal(io.mediaType, "multipart/form-data");
  assert.deepEqual(parseForm(payload), [
    part("title", "t", "text/plain; charset=utf-8"),
    part("pixels", "[7]", "application/json"),
    part("options", '{"top":1}', "application/json"),
    part("upload", "x", "text/csv", "x.csv"),
  ]);
  assert.equal((await io.decode(payload)).options.top, 1);
});

const without = (name: string): Part[] => GOOD.filter((one) => one.name !== name);

const REFUSED: readonly [string, readonly Part[], string, RegExp][] = [
  [
    "a missing field",
    without("title"),
    "invalid_argument",
    /lacks the fields "title": .*"upload", "options", "pixels"$/,
  ],
  [
    "a misspelt field",
    [...without("title"), part("titel", "x")],
    "invalid_argument",
    /lacks the fields "title": .*"titel"/,
  ],
  [
    "an unknown field",
    [...GOOD, part("more", "")],
    "invalid_argument",
    /unknown fields "more": .*"title", "pixels", "options", "upload" only/,
  ],
  [
    "an inherited name",
    [...GOOD, part("constructor", "")],
    "invalid_argument",
    /unknown fields "constructor"/,
  ],
  [
    "a field sent twice",
    [...GOOD, part("title", "x")],
    "invalid_argument",
    /more than one of the fields "title"/,
  ],
  [
    "a bad field",
    [...without("pixels"), part("pixels", "[300]")],
    "invalid_argument",
    /^Field "pixels": .*uint8.*was 300/,
  ],
  [
    "a field of a bad type",
    [...without("upload"), part("upload", "x", "image/png")],
    "unsupported_media_type",
    /^Field "upload": .*text\/csv/,
  ],
];

for (const [what, parts, code, message] of REFUSED) {
  test(`multipart() refuses ${what}`, async () => {
    await assert.rejects(async () => io.decode(encodeForm(parts)), { code, message });
  });
}

test("multipart() refuses a body that is no form", async () => {
  const body = { bytes: bytesOf("{}"), type: "application/json" };
  await assert.rejects(async () => io.decode(body), { code: "unsupported_media_type" });
});

test("multipart() keeps what else a field's error says", async () => {
  const busy: Io<string> = {
    ...text(),
    decode() {
      throw new ServiceError("unavailable", "Busy", { retryAfterSeconds: 3 });
    },
  };
  const decoded = async () => multipart({ a: busy }).decode(encodeForm([part("a", "")]));
  await assert.rejects(decoded, {
    code: "unavailable",
    message: 'Field "a": Busy',
    retryAfterSeconds: 3,
  });
});

const UNENCODABLE: readonly [string, unknown, RegExp][] = [
  ["undefined", undefined, /must be an object of its fields, but was undefined/],
  ["a missing value", {}, /lacks "a" and has none besides/],
  ["an unknown value", { a: "x", b: 1 }, /lacks none and has "b" besides/],
  ["a bad value", { a: 5 }, /^Field "a": Cannot encode text/],
];

for (const [what, value, message] of UNENCODABLE) {
  test(`multipart() refuses to encode ${what}`, async () => {
    const encoded = async () => multipart({ a: text() }).encode(value as never);
    await assert.rejects(encoded, { name: "TypeError", message });
  });
}

const MISDEFINED: readonly [string, unknown, RegExp][] = [
  ["a form in a form", { a: multipart({ b: text() }) }, /"a" is a form, and forms do not nest/],
  ["no fields", {}, /at least one field/],
  ["what is no descriptor", { a: "text" }, /"a" must be a descriptor, but was "text"/],
];

for (const [what, fields, message] of MISDEFINED) {
  test(`multipart() refuses ${what} at definition`, () => {
    assert.throws(() => multipart(fields as never), { name: "TypeError", message });
  });
}
