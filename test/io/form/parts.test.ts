import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../../src/error.ts";
import { encodeForm, parseForm } from "../../../src/io/form/form.ts";
import type { Payload } from "../../../src/io/io.ts";
import { bytesOf, named, part, raw } from "../fixtures/forms.ts";
import { randomNumbers } from "../fixtures/pictures.ts";

const many = `${named("a")}\nx\n`;

const BAD: readonly [string, Payload, RegExp][] = [
  ["no boundary", { ...raw("x"), type: "multipart/form-data" }, /has no boundary/],
  ["an empty boundary", { ...raw("x"), type: "multipart/form-data; boundary=" }, /has no boundary/],
  ["a long boundary", raw("x", "b".repeat(71)), /at most 70 characters, but has 71/],
  ["an empty body", raw(""), /the body is empty/],
  ["another boundary", raw(many.replaceAll("--b", "--c")), /does not have the boundary/],
  [
    "lines that end with LF",
    { ...raw(""), bytes: bytesOf(`${many}--b--`) },
    /LF, but must end with/,
  ],
  ["no closing boundary", raw(`${named("a")}\nx\n`), /ends before its closing boundary/],
  ["an end inside the headers", raw(named("a")), /ends before its closing boundary/],
  ["an end inside a boundary", raw(`${named("a")}\nx\n--b`), /ends before its closing boundary/],
  ["a part without headers", raw(`--b\n\nx\n${named("a")}\ny\n--b--`), /part 1 has no headers/],
  [
    "a later one",
    raw(`${named("a")}\n\n--b\n\nx\n${named("a")}\ny\n--b--`),
    /part 2 has no headers/,
  ],
  ["text after the boundary", raw(`--bb${named("a").slice(3)}\nx\n`), /does not have the boundary/],
  ["a header without a colon", raw("--b\nContent-Type\n\nx\n--b--"), /part 1 has a header without/],
  ["a boundary in the headers", raw(`${named("a")}${many}--b--`), /part 1 has a header without/],
  [
    "a transfer encoding that is unknown",
    raw(`${named("a")}Content-Transfer-Encoding: x-uuencode\n\nx\n--b--`),
    /part 1, "a", has the Content-Transfer-Encoding "x-uuencode": it must be 7bit, /,
  ],
  [
    "what is no Base64",
    raw(`${named("a")}Content-Transfer-Encoding: base64\n\nx!\n--b--`),
    /part 1, "a", is not valid Base64/,
  ],
  ["a part without a name", raw("--b\nContent-Type: text/csv\n\nx\n--b--"), /part 1 has no name/],
  ["9 kB of headers", raw(`--b\nX: ${"x".repeat(9000)}\n\nx\n--b--`), /part 1 exceed 8192 bytes/],
  ["1,001 parts", raw(`${many.repeat(1001)}--b--`), /at most 1000 parts/],
];

for (const [what, payload, message] of BAD) {
  test(`parseForm() refuses ${what}`, () => {
    assert.throws(() => parseForm(payload), { code: "invalid_argument", message });
  });
}

const BOUNDARIES = [
  "multipart/form-data; boundary=b",
  'multipart/form-data; boundary="b"',
  "Multipart/Form-Data ; Boundary = b ; charset=utf-8",
  'multipart/form-data; charset="x; boundary=no"; boundary=b',
];

for (const type of BOUNDARIES) {
  test(`parseForm() reads the boundary of ${type}`, () => {
    const { bytes } = raw(`${many}--b--`);
    assert.deepEqual(parseForm({ bytes, type }), [part("a", "x")]);
  });
}

const dashed = named("a").slice(3);

const SHAPES: readonly [string, string, readonly string[]][] = [
  ["a preamble and an epilogue", `For readers\nof mail.\n${many}--b--\nThe end.\n--b\n`, ["x"]],
  ["a preamble that begins with dashes", `--not\n--bb\n--\n${many}--b--`, ["x"]],
  [
    "spaces and tabs behind each boundary",
    `--b \t ${dashed}\nx\n--b\t${dashed}\ny\n--b-- \n`,
    ["x", "y"],
  ],
  ["empty parts", `${named("a")}\n\n${named("a")}\n\n--b--`, ["", ""]],
  ["parts without an empty line's own break", `${named("a")}\n--b--`, [""]],
  ["no parts", "--b--\n", []],
  ["no parts behind a preamble", "x\n--b--", []],
  [
    "text that nearly is a boundary",
    `${named("a")}\n\n--\n--bb\n--b-\n--b--x\n--b--`,
    ["\r\n--\r\n--bb\r\n--b-\r\n--b--x"],
  ],
  ["line breaks around the content", `${named("a")}\n\n\nx\n\n--b--`, ["\r\n\r\nx\r\n"]],
];

for (const [what, body, contents] of SHAPES) {
  test(`parseForm() takes ${what}`, () => {
    assert.deepEqual(
      parseForm(raw(body)),
      contents.map((content) => part("a", content)),
    );
  });
}

/** Bodies that a parser could take much longer for than for others of their length. */
const HEAVY: readonly [string, string][] = [
  ["line breaks", "\r\n".repeat(2 ** 19)],
  ["carriage returns", "\r".repeat(2 ** 20)],
  ["starts of boundaries", "\r\n--b".repeat(2 ** 17)],
  ["dashes", "-".repeat(2 ** 20)],
];

for (const [what, content] of HEAVY) {
  test(`parseForm() takes a part of a megabyte of ${what}`, () => {
    const long = "b".repeat(70);
    const open = `--${long}\r\nContent-Disposition: form-data; name="a"\r\n\r\n`;
    const bytes = bytesOf(`${open}${content}\r\n--${long}--`);
    const [only] = parseForm({ bytes, type: `multipart/form-data; boundary=${long}` });
    assert.equal(only?.bytes.length, content.length);
  });
}

test("parseForm() survives broken forms", () => {
  const seed = Number(process.env["FORM_SEED"] ?? Date.now() % 1_000_000) || 1;
  const random = randomNumbers(seed);
  const fields = [part("plain", "text"), part("file", "a\r\n--b", "text/csv", "ü.csv")];
  const good = encodeForm(fields);
  const boundary = /boundary=(.*)/.exec(String(good.type))?.[1] ?? "";
  const noise = ["\r", "\n", "\r\n", "-", ";", '"', "\\", "\0", "\xff", `--${boundary}`];
  for (let round = 0; round < 2000; round += 1) {
    const body = Buffer.from(good.bytes).toString("latin1");
    const at = random(body.length);
    const cut = body.slice(0, at) + noise[random(noise.length)] + body.slice(at + random(8));
    const bytes = new Uint8Array(Buffer.from(cut, "latin1"));
    try {
      parseForm({ bytes, type: good.type });
    } catch (error) {
      assert.ok(error instanceof ServiceError, `FORM_SEED=${seed} round ${round}: ${error}`);
      assert.equal(error.code, "invalid_argument");
    }
  }
});

test("parseForm() takes 1,000 parts", () => {
  assert.equal(parseForm(raw(`${many.repeat(1000)}--b--`)).length, 1000);
});

test("parseForm() refuses headers that are not UTF-8", () => {
  const { bytes, type } = raw(`${named("?")}\nx\n--b--`);
  bytes[bytes.indexOf("?".charCodeAt(0))] = 0xff;
  assert.throws(() => parseForm({ bytes, type }), { code: "invalid_argument", message: /UTF-8/ });
});
