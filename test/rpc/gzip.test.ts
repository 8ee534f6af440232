import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import { gzip } from "../../src/rpc/gzip.ts";

const isError = (code: Code) => (thrown: unknown) =>
  thrown instanceof ConnectError && thrown.code === code;

for (const size of [1, 4096, 4097, 1_000_000]) {
  test(`gzip compresses and decompresses ${size} bytes`, async () => {
    const bytes = Uint8Array.from({ length: size }, (_, at) => (at * at) % 251);
    const compressed = await gzip.compress(bytes);
    assert.deepEqual(new Uint8Array(gunzipSync(compressed)), bytes);
    assert.deepEqual(await gzip.decompress(compressed, size), bytes);
  });
}

test("gzip takes nothing for nothing", async () => {
  assert.deepEqual(await gzip.decompress(new Uint8Array(), 1), new Uint8Array());
});

test("gzip refuses what inflates to too much", async () => {
  const bomb = gzipSync(new Uint8Array(2 ** 26));
  for (const max of [0, 1, 2 ** 20, 2 ** 26 - 1]) {
    await assert.rejects(gzip.decompress(bomb, max), isError(Code.ResourceExhausted));
  }
});

test("gzip refuses what is no gzip, or not all of it, or more", async () => {
  const whole = gzipSync("some words");
  const wrong = {
    garbage: Uint8Array.of(1, 2, 3, 4),
    header: whole.subarray(0, 10),
    "cut short": whole.subarray(0, -1),
    "with more behind it": Uint8Array.from([...whole, 1, 2, 3]),
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    await assert.rejects(gzip.decompress(bytes, 100), isError(Code.InvalidArgument), what);
  }
});
