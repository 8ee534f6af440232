/** Headers for clients that allow no dynamic table, as nginx does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../support/until.ts";
import { openEcho } from "./open-echo.ts";
import {
  call,
  callFields,
  END_STREAM,
  envelope,
  frame,
  PREFACE,
  RawConnection,
  TYPE,
  uint32,
} from "./raw-http2.ts";

/** SETTINGS_HEADER_TABLE_SIZE is 0. */
const NO_TABLE = frame(TYPE.settings, 0, 0, Buffer.concat([Buffer.from([0, 1]), uint32(0)]));

const STATIC_ENTRIES = 61;

/** How the fields of a header block are written, and the largest index in it (RFC 7541, 6). */
function representations(block: Buffer): { readonly largest: number; readonly added: number } {
  let [at, largest, added] = [0, 0, 0];
  const integer = (bits: number): number => {
    const most = 2 ** bits - 1;
    let value = (block[at++] ?? 0) & most;
    if (value < most) return value;
    for (let shift = 1; ; shift *= 128) {
      const byte = block[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const skipText = (): void => {
    const length = integer(7);
    at += length;
  };
  while (at < block.length) {
    const first = block[at] ?? 0;
    const isUpdate = (first & 0xe0) === 0x20;
    const isIndexed = first >= 0x80;
    const isAdded = !isIndexed && first >= 0x40;
    const index = integer(isIndexed ? 7 : isAdded ? 6 : isUpdate ? 5 : 4);
    if (isUpdate) continue;
    largest = Math.max(largest, index);
    if (isAdded) added += 1;
    if (isIndexed) continue;
    if (index === 0) skipText();
    skipText();
  }
  return { largest, added };
}

for (const [what, path] of [
  ["a call", "/echo.Echo/Unary"],
  ["a call that is not there", "/echo.Echo/Nothing"],
  ["a stream", "/echo.Echo/Count"],
] as const) {
  test(`The answers to ${what} use no HPACK table if the client allows none`, async () => {
    await using echo = await openEcho("short path");
    const connection = new RawConnection(echo.port);
    await connection.send(PREFACE, NO_TABLE);
    await until(() => connection.got(TYPE.settings, 0, 1));
    for (const stream of [1, 3]) {
      const fields = callFields(path);
      await connection.send(call(stream, fields, envelope(Buffer.from([10, 1, 3]))));
      await until(() => connection.got(TYPE.headers, stream, END_STREAM));
    }
    const blocks = connection.frames.filter(({ type }) => type === TYPE.headers);
    assert.ok(blocks.length >= 4);
    for (const { payload } of blocks) {
      const { largest, added } = representations(payload);
      assert.ok(largest <= STATIC_ENTRIES, `index ${largest} is in the dynamic table`);
      // A table of 0 bytes holds nothing, so that an encoder which heeds it may add all the same.
      if ("Bun" in globalThis) assert.equal(added, 0);
    }
  });
}
