import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBody, encodeForm, parseForm } from "../../../src/io/form/form.ts";
import { multipart } from "../../../src/io/form/multipart.ts";
import type { Io, Payload } from "../../../src/io/io.ts";
import { image } from "../../../src/io/picture/image.ts";
import { text } from "../../../src/io/text.ts";
import { bytesOf, part, raw, textOf } from "../fixtures/forms.ts";
import { EXPECTED, fixture } from "../fixtures/pictures.ts";

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

/** `filename` parameters as they are sent, and the names that they give. */
const FILENAMES: readonly [string, string | undefined][] = [
  ['filename="a.png"', "a.png"],
  ["filename=a.png", "a.png"],
  ['FileName = "a b.png"', "a b.png"],
  ['filename="C:\\dir\\a.png"', "a.png"],
  ['filename="C:\\\\dir\\\\a.png"', "a.png"],
  ['filename="\\\\server\\share\\a.png"', "a.png"],
  ['filename="../../etc/passwd"', "passwd"],
  ['filename="a\\"b.png"', 'a"b.png'],
  ['filename="a%22b.png"', 'a"b.png'],
  ['filename="a;b=c.png"', "a;b=c.png"],
  ['filename="größe.png"', "größe.png"],
  ["filename*=UTF-8''%e2%82%ac%20rates.png", "€ rates.png"],
  ["filename*=utf-8'de'gr%C3%B6%C3%9Fe.png", "größe.png"],
  ["filename*=iso-8859-1'en'%A3%20rates.png", "£ rates.png"],
  ["filename=\"plain.png\"; filename*=UTF-8''%E4%BA%AC.png", "京.png"],
  ["filename*=UTF-8''%E4%BA%AC.png; filename=plain.png", "京.png"],
  ["filename=\"plain.png\"; filename*=UTF-8''%FF", "plain.png"],
  ["filename=\"plain.png\"; filename*=koi8-r''a", "plain.png"],
  ['filename=""', ""],
  ['filename="a.png"; filename="b.png"', "a.png"],
  ["x=y", undefined],
];

for (const [parameter, filename] of FILENAMES) {
  test(`parseForm() reads the file name of ${parameter}`, () => {
    const body = raw(`--b\nContent-Disposition: form-data; name="f"; ${parameter}\n\nx\n--b--`);
    assert.deepEqual(parseForm(body), [part("f", "x", undefined, filename)]);
  });
}

test("parseForm() reads headers that are folded or in any case", () => {
  const head =
    '--b\nCONTENT-type:text/csv\nContent-Disposition: form-data;\n\tname="a";\n filename=b';
  assert.deepEqual(parseForm(raw(`${head}\n\nx\n--b--`)), [part("a", "x", "text/csv", "b")]);
});

for (const type of [undefined, "application/json", "multipart/mixed; boundary=b"]) {
  test(`parseForm() refuses the type ${type}`, () => {
    assert.throws(() => parseForm({ bytes: bytesOf("--b--"), type }), {
      code: "unsupported_media_type",
      message: /must be multipart\/form-data/,
    });
  });
}

const PNG = fixture("grey-1.png");

/** A form with a picture in a part, as senders label it. */
function pictureForm(type: string | undefined, filename: string | undefined): Payload {
  return encodeForm([part("note", "hello"), { name: "picture", type, filename, bytes: PNG }]);
}

for (const type of [
  undefined,
  "image/png",
  "image/jpg",
  "application/octet-stream",
  "text/plain",
]) {
  for (const filename of [undefined, "a.png", "C:\\dir\\a.png"]) {
    test(`decodeBody() finds a picture of type ${type} named ${filename}`, async () => {
      const picture = await decodeBody(image(), pictureForm(type, filename));
      assert.deepEqual([picture.width, picture.channels], [EXPECTED["grey-1.png"]?.width, 3]);
      const both = multipart({ note: text(), picture: image({ mode: "L" }) });
      const { picture: grey } = await both.decode(pictureForm(type, filename));
      assert.equal(grey.channels, 1);
      const pixels = multipart({ note: text(), picture: image({ layout: "NHWC" }) });
      const { picture: tensor } = await pixels.decode(pictureForm(type, filename));
      assert.deepEqual(tensor.shape, [1, picture.height, picture.width, 3]);
    });
  }
}

test("decodeBody() finds the picture that is allowed, whatever else is there", async () => {
  const jpegOnly = image({ allowedMimeTypes: ["image/jpeg"] });
  const jpeg = { name: "c", type: undefined, filename: "c", bytes: fixture("baseline.jpg") };
  const png = { name: "b", type: "image/jpeg", filename: "b.jpg", bytes: PNG };
  const readme = part("a", "text", "text/plain", "a.txt");
  assert.equal((await decodeBody(jpegOnly, encodeForm([readme, png, jpeg]))).width, 12);
  await assert.rejects(decodeBody(jpegOnly, encodeForm([png])), {
    code: "unsupported_media_type",
    message: /must be one of image\/jpeg, but its bytes are PNG; the types .* are "image\/jpeg"$/,
  });
  await assert.rejects(decodeBody(jpegOnly, encodeForm([part("a", "x", "image/png")])), {
    code: "invalid_argument",
    message: /of no known format: they begin with 78; the types .* are "image\/png"$/,
  });
  await assert.rejects(decodeBody(jpegOnly, encodeForm([part("a", "x")])), {
    code: "invalid_argument",
    message: /^No file found .* its fields are "a"$/,
  });
});

test("decodeBody() leaves a form to a descriptor that takes no files", async () => {
  const form = encodeForm([part("a", "x", "text/csv", "a.csv")]);
  assert.match(await decodeBody(text(), form), /^--[0-9a-f]{32}\r\n/);
});

test("decodeBody() names the type that a descriptor without files refuses", async () => {
  const silent: Io<string> = { ...text(), takesPart: () => false };
  await assert.rejects(decodeBody(silent, encodeForm([part("a", "x", "image/gif")])), {
    code: "unsupported_media_type",
    message: /^text does not take files of type image\/gif/,
  });
});

test("encodeForm() makes forms that formData() reads without a loss", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  const text = new TextEncoder().encode("é");
  const { bytes: body, type = "" } = encodeForm([
    { name: "picture", type: "image/png", bytes },
    { name: "note", type: "text/plain; charset=utf-8", bytes: text },
    { name: "json", type: "application/json", bytes: new TextEncoder().encode("{}") },
    { name: "file", type: "text/csv", filename: "a.csv", bytes: text },
  ]);
  const answer = new Response(Uint8Array.from(body), { headers: { "content-type": type } });
  const form = await answer.formData();
  const picture = form.get("picture");
  assert.ok(picture instanceof File);
  assert.deepEqual(new Uint8Array(await picture.arrayBuffer()), bytes);
  // Of texts, Bun makes files too.
  const textsOf = (value: File | string | null) => new Response(value).text();
  assert.equal(await textsOf(form.get("note")), "é");
  assert.equal(await textsOf(form.get("json")), "{}");
  assert.ok(form.get("file") instanceof File);
});
