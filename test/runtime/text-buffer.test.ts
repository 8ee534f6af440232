import assert from "node:assert/strict";
import { test } from "node:test";
import { TextBuffer } from "../../src/runtime/text-buffer.ts";

const decoder = new TextDecoder();

test("TextBuffer returns what was added as UTF-8, however much it is", () => {
  const buffer = new TextBuffer(16);
  const lines = ["plain\n", "Grüße\n", "漢字 😀\n", `${"long ".repeat(100)}\n`, ""];
  for (const line of lines) buffer.add(line);
  const text = lines.join("");
  assert.equal(buffer.length, new TextEncoder().encode(text).length);
  assert.equal(decoder.decode(buffer.take()), text);
  assert.equal(buffer.length, 0);
  assert.equal(buffer.take().length, 0);
});

test("TextBuffer leaves what was taken as it is until the next time", () => {
  const buffer = new TextBuffer(16);
  for (let round = 0; round < 5; round++) {
    buffer.add(`taken ${round}`);
    const taken = buffer.take();
    buffer.add("added afterwards, and longer than the memory at first");
    assert.equal(decoder.decode(taken), `taken ${round}`);
    buffer.take();
  }
});
