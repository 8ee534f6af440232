import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../src/error.ts";
import { itemsOf } from "../src/server-events.ts";

/** A body that comes in parts. */
function bodyOf(parts: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(encoder.encode(part));
      controller.close();
    },
  });
}

async function textsOf(parts: readonly string[]): Promise<string[]> {
  const texts: string[] = [];
  for await (const item of itemsOf(bodyOf(parts), undefined)) {
    texts.push(new TextDecoder().decode(item));
  }
  return texts;
}

const BODY = "data: a\n\ndata:b\ndata: c\n\nevent: base64\ndata: ZMO8\n\ndata: \n\ndata:  e\n\n";

test("itemsOf() reads items, wherever the body is cut", async () => {
  const items = ["a", "b\nc", "dü", "", " e"];
  assert.deepEqual(await textsOf([BODY]), items);
  assert.deepEqual(await textsOf([...BODY]), items);
  for (let at = 1; at < BODY.length; at += 1) {
    assert.deepEqual(await textsOf([BODY.slice(0, at), BODY.slice(at)]), items, `cut at ${at}`);
  }
});

test("itemsOf() leaves out an event that is cut off", async () => {
  assert.deepEqual(await textsOf(["data: a\n\n", "data: b\n"]), ["a"]);
});

test("itemsOf() throws the error that ends a stream behind the items before it", async () => {
  const error = JSON.stringify({ error: "No more", code: "resource_exhausted" });
  const items = itemsOf(bodyOf(["data: a\n\n", `event: error\ndata: ${error}\n\n`]), "id-1");
  assert.equal((await items.next()).done, false);
  await assert.rejects(items.next(), (thrown: unknown) => {
    assert.ok(thrown instanceof ServiceError);
    assert.equal(thrown.code, "resource_exhausted");
    assert.equal(thrown.message, "No more");
    assert.equal(thrown.requestId, "id-1");
    return true;
  });
});

test("itemsOf() reads each character of a long item once", async () => {
  const piece = "x".repeat(1000);
  let reads = 0;
  const parts = Array.from({ length: 2000 }, () => piece);
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const text = reads === 0 ? "data: " : reads > parts.length ? "\n\n" : piece;
        controller.enqueue(new TextEncoder().encode(text));
        reads += 1;
        if (reads > parts.length + 1) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const items: number[] = [];
  for await (const item of itemsOf(body, undefined)) items.push(item.length);
  assert.deepEqual(items, [2_000_000]);
});
