import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { files } from "../../src/files/server.ts";
import { openSession } from "../../src/onnx/index.ts";
import { fileDigest } from "../../src/worker/file-digests.ts";
import { modelPath, modelUrl } from "./models/index.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-digest-"));
after(() => rmSync(folder, { recursive: true }));

const sha = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

async function digestOf(source: URL | string | Uint8Array): Promise<string | undefined> {
  const session = await openSession(source, { backend: "wasm", warmUp: false });
  await session.close();
  return session.digest;
}

test("openSession() has the SHA-256 of a model's file, however it is given", async () => {
  const bytes = readFileSync(modelUrl("conv"));
  for (const source of [modelUrl("conv"), modelPath("conv"), new Uint8Array(bytes)]) {
    assert.equal(await digestOf(source), sha(bytes));
  }
});

for (const backend of ["native", "wasm"] as const) {
  test(`openSession() on ${backend} has a digest that covers the files of weights`, async () => {
    const [model, weights] = [modelPath("external"), `${modelPath("external")}.data`];
    const name = "external.onnx.data";
    const at = join(folder, `${backend}.onnx`);
    copyFileSync(model, at);
    const digests: (string | undefined)[] = [];
    for (const change of [0, 1]) {
      const data = readFileSync(weights);
      data[0] = (data[0] ?? 0) ^ change;
      writeFileSync(join(folder, name), data);
      const session = await openSession(at, { backend, warmUp: false });
      await session.close();
      const lines = `model ${sha(readFileSync(at))}\nfile ${sha(data)} "${name}"\n`;
      assert.equal(session.digest, sha(lines));
      digests.push(session.digest);
    }
    assert.notEqual(digests[0], digests[1]);
  });
}

test("fileDigest() hashes a file once, until it changes", async () => {
  const path = join(folder, "once");
  writeFileSync(path, "old");
  assert.equal(await files?.stampOf(path), undefined, "a file that was written just now");
  utimesSync(path, 1, 1);
  const stamp = (await files?.stampOf(path)) ?? "";
  const first = fileDigest({ path, stamp });
  assert.equal(fileDigest({ path, stamp }), first);
  assert.equal(await first, sha("old"));
  writeFileSync(path, "new");
  utimesSync(path, 2, 2);
  const newer = (await files?.stampOf(path)) ?? "";
  assert.notEqual(newer, stamp);
  assert.equal(await fileDigest({ path, stamp: newer }), sha("new"));
});

test("fileDigest() has no digest of a file with another stamp, or that is not there", async () => {
  const path = join(folder, "other");
  writeFileSync(path, "x");
  assert.equal(await fileDigest({ path, stamp: "1:2:3:4" }), undefined);
  assert.equal(await fileDigest({ path: join(folder, "nothing"), stamp: "1:2:3:4" }), undefined);
});

test("files.sha256Of() lets other work run between the pieces of a large file", async () => {
  const path = join(folder, "large");
  writeFileSync(path, new Uint8Array(64 << 20));
  let turns = 0;
  // Not a timer: a fast machine has hashed all of it after a few milliseconds.
  const count = (): void => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  const digest = await files?.sha256Of(path);
  clearImmediate(immediate);
  assert.equal(digest, sha(new Uint8Array(64 << 20)));
  assert.ok(turns >= 3, `${turns} turns`);
});

test("files.sha256Of() leaves no memory for a collector", async () => {
  const path = join(folder, "left");
  writeFileSync(path, "x");
  const before = process.memoryUsage().arrayBuffers;
  await files?.sha256Of(path);
  const left = process.memoryUsage().arrayBuffers - before;
  assert.ok(left < 100_000, `${left} bytes`);
});

test("openSession() names a model by its URL", async () => {
  assert.equal(await digestOf(pathToFileURL(modelPath("conv"))), await digestOf(modelPath("conv")));
});
