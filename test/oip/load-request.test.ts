/** The bodies of requests that load models. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readLoadRequest } from "../../src/oip/load-request.ts";

function bodyOf(parameters: Readonly<Record<string, unknown>>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ parameters }));
}

test("readLoadRequest() reads the bytes of files", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, at) => (at * 7) % 256);
  const base64 = Buffer.from(bytes).toString("base64");
  const read = readLoadRequest(bodyOf({ config: "{}", "file:1/model.onnx": base64, "file:e": "" }));
  assert.equal(read.config, "{}");
  const files = new Map([
    ["1/model.onnx", bytes],
    ["e", new Uint8Array()],
  ]);
  assert.deepEqual(read.files, files);
  assert.deepEqual(readLoadRequest(new Uint8Array()), {});
});

test("readLoadRequest() refuses what is not base64", () => {
  for (const wrong of ["%%", "A", "AA=A", 7, null, ["AA=="]]) {
    assert.throws(() => readLoadRequest(bodyOf({ "file:x": wrong })), { code: "invalid_argument" });
  }
});
