/** The two that do gzip: the web's streams, and zlib where there is one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import { gzip } from "../../src/rpc/gzip.ts";
import { gzip as zlib } from "../../src/runtime/http2/gzip.ts";

const isError = (code: Code, message: string) => (thrown: unknown) =>
  thrown instanceof ConnectError && thrown.code === code && thrown.rawMessage === message;

const isNoGzip = isError(
  Code.InvalidArgument,
  "cannot gunzip message: it is no gzip, or not all of it",
);

const whole = gzipSync("some words");

for (const [what, each] of [
  ["gzip by streams", gzip],
  ["gzip by zlib", zlib],
] as const) {
  for (const size of [1, 4096, 4097, 1_000_000]) {
    test(`${what} compresses and decompresses ${size} bytes`, async () => {
      const bytes = Uint8Array.from({ length: size }, (_, at) => (at * at) % 251);
      const compressed = await each.compress(bytes);
      assert.deepEqual(new Uint8Array(gunzipSync(compressed)), bytes);
      assert.deepEqual(new Uint8Array(await each.decompress(compressed, size)), bytes);
    });
  }

  test(`${what} takes nothing for nothing`, async () => {
    assert.deepEqual(await each.decompress(new Uint8Array(), 1), new Uint8Array());
  });

  test(`${what} refuses what inflates to too much`, async () => {
    const bomb = gzipSync(new Uint8Array(2 ** 26));
    for (const max of [1, 2 ** 20, 2 ** 26 - 1]) {
      const message = `message is larger than configured readMaxBytes ${max} after decompression`;
      await assert.rejects(each.decompress(bomb, max), isError(Code.ResourceExhausted, message));
    }
  });

  test(`${what} refuses what is no gzip, or not all of it`, async () => {
    const wrong = {
      garbage: Uint8Array.of(1, 2, 3, 4),
      header: whole.subarray(0, 10),
      "cut short": whole.subarray(0, -1),
    };
    for (const [how, bytes] of Object.entries(wrong)) {
      await assert.rejects(each.decompress(bytes, 100), isNoGzip, how);
    }
  });
}

test("gzip by streams refuses gzip with more behind it", async () => {
  const more = Uint8Array.from([...whole, 1, 2, 3]);
  await assert.rejects(gzip.decompress(more, 100), isNoGzip);
});
