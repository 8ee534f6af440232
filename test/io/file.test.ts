import assert from "node:assert/strict";
import { test } from "node:test";
import { file } from "../../src/io/file.ts";
import { decodeBody, encodeForm } from "../../src/io/form/form.ts";

const bytes = Uint8Array.of(1, 2, 3);

test("file() takes any body and keeps its type", () => {
  for (const type of [undefined, "image/png", "text/csv; header=present"]) {
    assert.deepEqual(file().decode({ bytes, type }), { bytes, type, filename: undefined });
  }
});

test("file() knows nothing of a file whose type is no media type", async () => {
  for (const type of ["*/*", "image/*", "image", "a/b/c", "", ";q=1"]) {
    const value = await file().decode({ bytes, type, filename: "a" });
    assert.deepEqual(value, { bytes, type: undefined, filename: "a" }, type);
    assert.equal((await file().encode(value)).type, "application/octet-stream");
  }
});

test("file({ mimeType }) takes its type, whatever the case and the parameters", () => {
  const io = file({ mimeType: "text/csv" });
  assert.deepEqual(io.decode({ bytes, type: "TEXT/CSV; charset=utf-8", filename: "a.csv" }), {
    bytes,
    type: "TEXT/CSV; charset=utf-8",
    filename: "a.csv",
  });
});

for (const type of [undefined, "", "text/plain"]) {
  test(`file({ mimeType }) refuses the type ${type}`, () => {
    assert.throws(() => file({ mimeType: "application/pdf" }).decode({ bytes, type }), {
      code: "unsupported_media_type",
      message: /must be application\/pdf/,
    });
  });
}

test("file() refuses an empty body", () => {
  assert.throws(() => file().decode({ bytes: new Uint8Array(), type: undefined }), {
    code: "invalid_argument",
    message: /empty file/,
  });
});

test("file() encodes with the file's own type, else its mimeType, else any", async () => {
  const pdf = file({ mimeType: "application/pdf" });
  const named = { bytes, type: "text/csv", filename: "a.csv" };
  const headers = [["x-content-type-options", "nosniff"]];
  // Entries: Deno's Headers that have been read are not equal to others.
  const encoded = async (io: typeof pdf, value: Parameters<typeof pdf.encode>[0]) => {
    const payload = await io.encode(value);
    return { ...payload, headers: [...(payload.headers ?? [])] };
  };
  assert.deepEqual(await encoded(pdf, named), { ...named, headers });
  assert.equal(pdf.mediaType, "application/pdf");
  const plain = { bytes, filename: undefined, headers };
  assert.deepEqual(await encoded(pdf, bytes), { ...plain, type: "application/pdf" });
  assert.deepEqual(await encoded(file(), { bytes }), {
    ...plain,
    type: "application/octet-stream",
  });
});

for (const value of [undefined, "text", { bytes: "text" }, [1]]) {
  test(`file() refuses to encode ${JSON.stringify(value)}`, () => {
    assert.throws(() => file().encode(value as never), {
      name: "TypeError",
      message: /Uint8Array/,
    });
  });
}

for (const type of ["text/pl\x01ain", "text/plain; n=é", "text/plain; n=日", "a/b\n"]) {
  test(`file() refuses the type ${JSON.stringify(type)}, which a header cannot have`, () => {
    const message = /characters other than visible ASCII/;
    assert.throws(() => file().decode({ bytes, type }), { code: "invalid_argument", message });
    assert.throws(() => file().encode({ bytes, type }), { name: "TypeError", message });
  });
}

test("file() repeats an excerpt of a refused type", () => {
  const decoded = () =>
    file({ mimeType: "text/csv" }).decode({ bytes, type: `a/${"b".repeat(3000)}` });
  assert.throws(decoded, (error: Error) => error.message.length < 200);
});

for (const mimeType of ["text/é", "pdf", "image/*", "", "a/b/c"]) {
  test(`file() refuses the mimeType "${mimeType}" at definition`, () => {
    assert.throws(() => file({ mimeType }), { name: "TypeError", message: /must be a media type/ });
  });
}

test("decodeBody() gives file() the first file that it takes, whatever the field", async () => {
  const form = encodeForm([
    { name: "note", type: undefined, bytes: Uint8Array.of(9) },
    { name: "a", type: "image/png", filename: "a.png", bytes: Uint8Array.of(1) },
    { name: "b", type: "text/csv", filename: "b.csv", bytes: Uint8Array.of(2) },
    { name: "c", type: "text/csv", filename: "c.csv", bytes: Uint8Array.of(3) },
  ]);
  const first = await decodeBody(file(), form);
  assert.deepEqual([first.filename, first.type, [...first.bytes]], ["a.png", "image/png", [1]]);
  const csv = await decodeBody(file({ mimeType: "text/csv" }), form);
  assert.deepEqual([csv.filename, [...csv.bytes]], ["b.csv", [2]]);
});

test("decodeBody() takes a file without a name, and one without a type", async () => {
  const typed = encodeForm([{ name: "a", type: "text/csv", bytes }]);
  assert.equal((await decodeBody(file(), typed)).type, "text/csv");
  const named = encodeForm([{ name: "a", type: undefined, filename: "a", bytes }]);
  assert.equal((await decodeBody(file(), named)).filename, "a");
});

test("decodeBody() refuses a form without a file, and names its fields", async () => {
  const form = encodeForm([{ name: "note", type: undefined, bytes }]);
  await assert.rejects(decodeBody(file(), form), {
    code: "invalid_argument",
    message: /No file found in the multipart form.*"note"/,
  });
});

test("decodeBody() refuses a form with files of other types, and names the types", async () => {
  const form = encodeForm([
    { name: "a", type: "image/png", bytes },
    { name: "b", type: undefined, filename: "b", bytes },
  ]);
  await assert.rejects(decodeBody(file({ mimeType: "text/csv" }), form), {
    code: "unsupported_media_type",
    message: /must be text\/csv; the types.*"image\/png", "\(none given\)"/,
  });
});

test("decodeBody() decodes any other body as it is", async () => {
  assert.deepEqual((await decodeBody(file(), { bytes, type: "image/png" })).bytes, bytes);
});
