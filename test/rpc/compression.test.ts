/** The two that compress: the web's streams, and zlib where there is one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { compressions as byStreams } from "../../src/rpc/compression.ts";
import { compressions as byZlib } from "../../src/runtime/http2/compression.ts";

const isError = (code: Code, message: string) => (thrown: unknown) =>
  thrown instanceof ConnectError && thrown.code === code && thrown.rawMessage === message;

const wrongWords = (format: string) =>
  isError(
    Code.InvalidArgument,
    `cannot decompress message: it is not ${format}, or it is truncated`,
  );

const FORMATS = {
  gzip: { compress: gzipSync, decompress: gunzipSync },
  deflate: { compress: deflateSync, decompress: inflateSync },
};

test("rpcRouter() accepts gzip, and deflate on runtimes with zlib", () => {
  const namesOf = (all: readonly Compression[]) => all.map(({ name }) => name);
  assert.deepEqual(namesOf(byStreams), ["gzip"]);
  assert.deepEqual(namesOf(byZlib), ["gzip", "deflate"]);
});

for (const [what, each] of [
  ...byStreams.map((one) => [`${one.name} by streams`, one] as const),
  ...byZlib.map((one) => [`${one.name} by zlib`, one] as const),
]) {
  const format = FORMATS[each.name as keyof typeof FORMATS];
  const whole = format.compress("some words");

  for (const size of [1, 4096, 4097, 1_000_000]) {
    test(`${what} compresses and decompresses ${size} bytes`, async () => {
      const bytes = Uint8Array.from({ length: size }, (_, at) => (at * at) % 251);
      const compressed = await each.compress(bytes);
      assert.deepEqual(new Uint8Array(format.decompress(compressed)), bytes);
      assert.deepEqual(new Uint8Array(await each.decompress(compressed, size)), bytes);
    });
  }

  test(`${what} decompresses an empty message to an empty one`, async () => {
    assert.deepEqual(await each.decompress(new Uint8Array(), 1), new Uint8Array());
  });

  test(`${what} refuses messages that inflate to too much`, async () => {
    const bomb = format.compress(new Uint8Array(2 ** 26));
    for (const max of [1, 2 ** 20, 2 ** 26 - 1]) {
      const message = `message is larger than configured readMaxBytes ${max} after decompression`;
      await assert.rejects(each.decompress(bomb, max), isError(Code.ResourceExhausted, message));
    }
  });

  test(`${what} refuses data of another format, and truncated data`, async () => {
    const wrong = {
      garbage: Uint8Array.of(1, 2, 3, 4),
      header: whole.subarray(0, 2),
      "cut short": whole.subarray(0, -1),
    };
    for (const [how, bytes] of Object.entries(wrong)) {
      await assert.rejects(each.decompress(bytes, 100), wrongWords(each.name), how);
    }
  });
}

test("gzip by streams refuses gzip that is followed by other data", async () => {
  const [gzip] = byStreams;
  const more = Uint8Array.from([...gzipSync("some words"), 1, 2, 3]);
  await assert.rejects(gzip?.decompress(more, 100) ?? Promise.resolve(), wrongWords("gzip"));
});
