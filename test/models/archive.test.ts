import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { packTar, type TarEntry } from "modern-tar";
import { exportModel } from "../../src/models/export.ts";
import { importModel } from "../../src/models/import.ts";
import { MNIST, type TemporaryStore, temporaryStore } from "./temporary-store.ts";

const model = readFileSync(MNIST);

for (const name of ["m.tar.gz", "m.tgz", "m.tar", "m.bentomodel", "a folder"]) {
  test(`what is exported as ${name} is imported as it was`, async () => {
    using at = temporaryStore();
    const labels = { stage: "test" };
    const options = {
      name: "m",
      version: "v1",
      labels,
      license: "mit",
      metadata: { accuracy: 0.9 },
    };
    const before = await importModel(at.store, MNIST, options);
    const to = await exportModel(before, join(at.folder, "out", name));
    if (name !== "a folder") {
      await assert.rejects(exportModel(before, to), { code: "already_exists" });
    }
    await assert.rejects(importModel(at.store, to), { code: "already_exists" });
    await at.store.delete(before);
    const after = await importModel(at.store, to);
    assert.deepEqual({ ...after.info }, { ...before.info });
    assert.deepEqual(readFileSync(after.file()), model);
    const copy = await importModel(at.store, to, { name: "copy" });
    assert.notEqual(copy.version, "v1");
    assert.deepEqual(copy.info.labels, labels);
    assert.equal(copy.info.digest, before.info.digest);
  });
}

test("exportModel() refuses archives of other kinds, instead of making a folder", async () => {
  using at = temporaryStore();
  const before = await importModel(at.store, MNIST, { name: "m", version: "v1" });
  for (const name of ["m.zip", "m.tar.zst", "m.TAR.XZ"]) {
    await assert.rejects(exportModel(before, join(at.folder, name)), {
      code: "invalid_argument",
      message: /m\.\w+(\.\w+)?: an archive is \.bentomodel, \.tar\.gz, \.tgz or \.tar$/,
    });
  }
  assert.deepEqual(readdirSync(at.folder), ["home"]);
});

test("in an existing folder, an archive with the tag in its name is made", async () => {
  using at = temporaryStore();
  const before = await importModel(at.store, MNIST, { name: "m", version: "v1" });
  assert.equal(await exportModel(before, at.folder), join(at.folder, "m-v1.bentomodel"));
  const left = readdirSync(at.folder).sort();
  assert.deepEqual(left, ["home", "m-v1.bentomodel"], "no temporary file is left");
});

type Header = TarEntry["header"];

const file = (
  name: string,
  content: Uint8Array = Buffer.from("x"),
  more: Partial<Header> = {},
) => ({
  header: { name, size: content.length, ...more },
  body: content,
});

async function importTar(at: TemporaryStore, entries: readonly TarEntry[]): Promise<unknown> {
  const path = join(at.folder, "evil.tar");
  writeFileSync(path, await packTar(entries));
  return await importModel(at.store, path);
}

const info = (files: string): Buffer =>
  Buffer.from(`name: m\nversion: v1\ncreation_time: 2026-01-01T00:00:00Z\nfiles: ${files}\n`);

const EVIL: readonly { what: string; entries: readonly TarEntry[]; message: RegExp }[] = [
  { what: "a path upwards", entries: [file("../evil.txt")], message: /"\.\.\/evil\.txt"/ },
  { what: "a path upwards inside", entries: [file("a/../../evil.txt")], message: /evil\.txt/ },
  { what: "an absolute path", entries: [file("/tmp/ekiben-evil.txt")], message: /relative/ },
  { what: "a path of Windows", entries: [file("C:\\evil.txt")], message: /relative/ },
  {
    what: "a folder upwards",
    entries: [{ header: { name: "../evil/", size: 0, type: "directory" } }],
    message: /folder of the archive/,
  },
  {
    what: "a symbolic link, and a file through it",
    entries: [
      { header: { name: "out", size: 0, type: "symlink", linkname: "/tmp" } },
      file("out/ekiben-evil.txt"),
    ],
    message: /"out" is a symlink/,
  },
  {
    what: "a hard link",
    entries: [{ header: { name: "passwd", size: 0, type: "link", linkname: "/etc/passwd" } }],
    message: /"passwd" is a link/,
  },
  {
    what: "a device",
    entries: [{ header: { name: "zero", size: 0, type: "character-device" } }],
    message: /is a character-device/,
  },
  { what: "a file twice", entries: [file("a"), file("a")], message: /two files a/ },
  { what: "a file below a file", entries: [file("a"), file("a/b")], message: /Cannot unpack/ },
  {
    what: "a file that is not listed",
    entries: [file("model.yaml", info("[]")), file("extra")],
    message: /has the file extra, which its model\.yaml does not list/,
  },
  {
    what: "a damaged file",
    entries: [
      file("model.yaml", info(`[{path: a, size: 1, sha256: ${"a".repeat(64)}}]`)),
      file("a"),
    ],
    message: /file a .* is damaged/,
  },
  {
    what: "a list with a path upwards",
    entries: [
      file("model.yaml", info(`[{path: ../a, size: 1, sha256: ${"a".repeat(64)}}]`)),
      file("a"),
    ],
    message: /"\.\.\/a"/,
  },
  {
    what: "a name upwards",
    entries: [
      file("model.yaml", Buffer.from("name: ..\nversion: v1\ncreation_time: 2026-01-01\n")),
    ],
    message: /name of a model/,
  },
  {
    what: "too many files",
    entries: Array.from({ length: 1002 }, (_, at) => file(`f${at}`)),
    message: /more than 1000 files/,
  },
  { what: "no file", entries: [], message: /has no files/ },
];

for (const { what, entries, message } of EVIL) {
  test(`an archive with ${what} is refused, and nothing is written`, async () => {
    using at = temporaryStore();
    await assert.rejects(importTar(at, entries), { message });
    assert.deepEqual(at.store.list(), []);
    assert.deepEqual(readdirSync(at.folder).sort(), ["evil.tar", "home"]);
    assert.deepEqual(readdirSync(join(at.home, "tmp")), []);
    assert.equal(existsSync("/tmp/ekiben-evil.txt"), false);
  });
}

test("archives of folders, with gzip and zstd, are read", async () => {
  using at = temporaryStore();
  const entries = [
    { header: { name: "./net/", size: 0, type: "directory" as const } },
    file("./net/model.onnx", model),
    file(`./net/${"deep/".repeat(40)}labels.txt`),
  ];
  const bytes = await packTar(entries);
  for (const [name, content] of Object.entries({
    "one.tar": bytes,
    "two.tar.gz": gzipSync(bytes),
    "three.tar.zst": zstdCompressSync(bytes),
  })) {
    writeFileSync(join(at.folder, name), content);
    const found = await importModel(at.store, join(at.folder, name));
    assert.equal(found.name, name.replace(/\..*/, ""));
    const paths = [`${"deep/".repeat(40)}labels.txt`, "model.onnx"];
    assert.deepEqual(
      found.info.files.map(({ path }) => path),
      paths,
    );
  }
});

test("archives that are cut off, damaged, bombs or of another kind are refused", async () => {
  using at = temporaryStore();
  const bytes = await packTar([file("model.onnx", model)]);
  const zipped = gzipSync(bytes);
  const bomb = gzipSync(await packTar([file("zeros.bin", Buffer.alloc(100_000_000))]));
  const cases: readonly [string, Uint8Array, RegExp][] = [
    ["cut.tar", bytes.subarray(0, 50_000), /Cannot unpack .*cut\.tar: /],
    ["cut.tar.gz", zipped.subarray(0, zipped.length >> 1), /Cannot unpack .*cut\.tar\.gz: /],
    ["noise.tar", Buffer.alloc(2048, 7), /Cannot unpack/],
    ["x.tar.xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), /compressed with xz/],
    ["x.zip", Buffer.from("PK\x03\x04...."), /compressed with zip/],
    ["bomb.tgz", bomb, /more than \d+ bytes/],
  ];
  for (const [name, content, message] of cases) {
    writeFileSync(join(at.folder, name), content);
    await assert.rejects(importModel(at.store, join(at.folder, name)), { message }, name);
  }
  assert.deepEqual(at.store.list(), []);
  assert.deepEqual(readdirSync(join(at.home, "tmp")), []);
});

test("an exported folder with a link is refused", async () => {
  using at = temporaryStore();
  const before = await importModel(at.store, MNIST, { name: "m", version: "v1" });
  const to = await exportModel(before, join(at.folder, "out"));
  await at.store.delete(before);
  rmSync(join(to, "mnist-cnn.onnx"));
  mkdirSync(join(at.folder, "elsewhere"));
  writeFileSync(join(at.folder, "elsewhere/x.onnx"), model);
  symlinkSync(join(at.folder, "elsewhere/x.onnx"), join(to, "mnist-cnn.onnx"));
  await assert.rejects(importModel(at.store, to), /which is not in the folder/);
});
