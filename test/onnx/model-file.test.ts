import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openSession } from "../../src/onnx/index.ts";
import { tensor } from "../../src/tensor.ts";
import { modelPath, modelUrl } from "./models/index.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-external-"));
after(() => rmSync(folder, { recursive: true }));

const bytes = readFileSync(modelUrl("external"));
const weights = `${modelPath("external")}.data`;
const NAME = "external.onnx.data";

/** Writes a folder with the model, in which the name of its weights is replaced. */
function folderWith(name: string, files: Readonly<Record<string, string>>): string {
  const at = mkdtempSync(join(folder, "model-"));
  const text = bytes.toString("latin1");
  const padded = name.padEnd(NAME.length, name.includes("/") ? "/" : "_");
  writeFileSync(join(at, "model.onnx"), Buffer.from(text.replace(NAME, padded), "latin1"));
  for (const [file, source] of Object.entries(files)) copyFileSync(source, join(at, file));
  return at;
}

async function answerOf(path: string, backend: "native" | "wasm"): Promise<number[]> {
  const session = await openSession(path, { backend });
  try {
    const [spec] = session.inputs;
    const width = Number(spec?.shape?.[1]);
    const x = tensor("float32", [1, width], new Float32Array(width).fill(1));
    return Array.from((await session.run(x, { dtype: "float32" })).data);
  } finally {
    await session.close();
  }
}

for (const backend of ["native", "wasm"] as const) {
  test(`openSession() on ${backend} reads weights from a file in the model's folder`, async () => {
    const expected = await answerOf(modelPath("external"), backend);
    assert.ok(expected.some((value) => value !== 0));
    const copied = folderWith(NAME, { [NAME]: weights });
    assert.deepEqual(await answerOf(join(copied, "model.onnx"), backend), expected);
    // A cache, in which the model and its weights are links into one folder.
    const blobs = mkdtempSync(join(folder, "blobs-"));
    const cache = mkdtempSync(join(folder, "cache-"));
    copyFileSync(modelPath("external"), join(blobs, "aaaa"));
    copyFileSync(weights, join(blobs, "bbbb"));
    symlinkSync(join(blobs, "aaaa"), join(cache, "model.onnx"));
    symlinkSync(join(blobs, "bbbb"), join(cache, NAME));
    assert.deepEqual(await answerOf(join(cache, "model.onnx"), backend), expected);
  });

  test(`openSession() on ${backend} reads no weights from outside the folder`, async () => {
    const inner = folderWith(NAME, {});
    symlinkSync(weights, join(inner, NAME));
    for (const [at, name] of [
      [folderWith("../external.data", {}), "../external.data//"],
      [folderWith("/etc/passwd", {}), "/etc/passwd///////"],
      [folderWith("a/../../b", {}), "a/../../b/////////"],
      [inner, NAME],
    ] as const) {
      await assert.rejects(openSession(join(at, "model.onnx"), { backend }), (error: Error) => {
        const wanted = `its weights are in "${name}", which is not in the model's folder`;
        assert.ok(error.message.includes(wanted), error.message);
        return true;
      });
    }
  });

  test(`openSession() on ${backend} names a missing file of weights`, async () => {
    const at = folderWith(NAME, {});
    const message = new RegExp(`its weights are in "${NAME}", and there is no file ${at}/${NAME}$`);
    await assert.rejects(openSession(join(at, "model.onnx"), { backend }), { message });
    mkdirSync(join(at, NAME));
    await assert.rejects(openSession(join(at, "model.onnx"), { backend }), { message });
    await assert.rejects(
      openSession(bytes, { backend }),
      /its weights are in "external\.onnx\.data"/,
    );
  });
}

test("openSession() reads weights beside a model over HTTP", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/m/model.onnx") response.end(bytes);
    else if (request.url === `/m/${NAME}`) response.end(readFileSync(weights));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/m/model.onnx`;
    assert.deepEqual(await answerOf(url, "wasm"), await answerOf(modelPath("external"), "wasm"));
    assert.deepEqual(asked, ["/m/model.onnx", `/m/${NAME}`]);
    await assert.rejects(openSession(url, { backend: "native" }), /open the model by its path/);
    await assert.rejects(
      openSession(url.replace("/m/", "/n/")),
      /answered 404 for \/n\/model\.onnx/,
    );
  } finally {
    server.close();
  }
});
