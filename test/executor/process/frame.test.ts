import assert from "node:assert/strict";
import { test } from "node:test";
import { toFrame } from "../../../src/executor/process/frame.ts";
import { BrokenFrame, FrameReader } from "../../../src/executor/process/frame-reader.ts";
import { allocate, tensor } from "../../../src/tensor.ts";
import { pack } from "../../../src/worker/payload.ts";
import { type Random, seeded } from "../../support/random.ts";

/** Returns the frame of a call, whose tensors move to it. */
function frameOf(id: number, input: unknown): Uint8Array[] {
  const { value, transfer } = pack(input);
  return toFrame({ kind: "run", id, method: "m", input: value }, transfer);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

/** Reads bytes, and returns what came of them. */
function read(bytes: Uint8Array, sizeOfChunk: () => number = () => bytes.length) {
  const messages: unknown[] = [];
  const unreadable: [number, string][] = [];
  const reader = new FrameReader({
    message: (message) => messages.push(message),
    unreadable: (call, error) => unreadable.push([call, error.message]),
  });
  for (let at = 0; at < bytes.length; ) {
    const end = at + sizeOfChunk();
    reader.push(bytes.subarray(at, end));
    at = end;
  }
  return { messages, unreadable };
}

/** Returns an input with some tensors, which may be large. */
function inputOf(random: Random): unknown {
  const made = (): unknown => {
    const dtype = random.of(["float32", "uint8", "int64", "string"] as const);
    const length = random.of([0, 1, 200, 3000]);
    return { dtype, shape: [length], data: allocate(dtype, length) };
  };
  return random.of([
    () => "text",
    () => undefined,
    made,
    () => ({ one: made(), two: made(), name: "x" }),
    () => [made(), made()],
  ])();
}

test("FrameReader reads what toFrame() wrote, in chunks of any size", () =>
  seeded((random) => {
    for (let round = 0; round < 30; round++) {
      const inputs = Array.from({ length: random.below(5) }, () => inputOf(random));
      const bytes = joined(inputs.flatMap((input, at) => frameOf(at + 1, input)));
      const most = random.of([1, 7, 100, 5000, 100_000]);
      const { messages, unreadable } = read(bytes, () => 1 + random.below(most));
      const wanted = inputs.map((input, at) => ({ kind: "run", id: at + 1, method: "m", input }));
      assert.deepEqual(messages, wanted);
      assert.deepEqual(unreadable, []);
    }
  }));

test("toFrame() does not copy the elements of tensors, nor put them into the message", () => {
  const pixels = tensor("float32", [1000, 100]);
  const message = { kind: "run", id: 1, method: "m", input: { pixels, more: "text" } };
  const [head, part, ...rest] = toFrame(message, [pixels.data.buffer as ArrayBuffer]);
  assert.equal(part?.buffer, pixels.data.buffer);
  assert.equal(part?.byteLength, 400_000);
  assert.deepEqual(rest, []);
  assert.ok((head?.byteLength ?? 0) < 500, `${head?.byteLength} bytes for the rest`);
  assert.equal(message.input.pixels, pixels, "the message is not changed");
});

test("toFrame() refuses a message that is too large, and values that cannot be cloned", () => {
  // Its memory is never written, so that it takes none.
  const data = new Uint8Array(2 ** 30);
  const huge = { dtype: "uint8", shape: [2 ** 30], data };
  const call = { kind: "run", id: 1, method: "m", input: { a: huge, b: huge } };
  const wanted = { name: "DataCloneError" };
  assert.throws(() => toFrame(call, [data.buffer]), { ...wanted, message: /more than 2147483647/ });
  for (const value of [
    () => 1,
    new SharedArrayBuffer(8),
    [new Int32Array(new SharedArrayBuffer(8))],
  ])
    assert.throws(() => toFrame({ ...call, input: value }, []), wanted);
});

/** Changes of a frame that make it unreadable. */
const BROKEN: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  "a line of text": () => new TextEncoder().encode("Hello from a library that writes to file 3\n"),
  zeros: () => new Uint8Array(64),
  "another magic": (bytes) => bytes.with(0, 1),
  "another size": (bytes) => bytes.with(9, 1),
  "more parts": (bytes) => bytes.with(13, 0xff),
  "another check": (bytes) => bytes.with(16, (bytes[16] ?? 0) ^ 1),
};

for (const [name, change] of Object.entries(BROKEN)) {
  test(`FrameReader refuses ${name}`, () => {
    const bytes = joined(frameOf(1, tensor("float32", [1000])));
    assert.throws(
      () => read(change(bytes)),
      (error: Error) => {
        assert.ok(error instanceof BrokenFrame);
        assert.match(error.message, /^bytes that are no message came from it: [0-9a-f]{8} /);
        return true;
      },
    );
  });
}

test("FrameReader reports a call that it cannot read, and reads on", () => {
  const bytes = joined(frameOf(7, tensor("float32", [1000])));
  // The first bytes of the message, behind the header and the size of its one part.
  for (let at = 28; at < 36; at++) bytes[at] = 0xee;
  const { messages, unreadable } = read(joined([bytes, ...frameOf(8, "text")]));
  assert.deepEqual(messages, [{ kind: "run", id: 8, method: "m", input: "text" }]);
  assert.deepEqual(
    unreadable.map(([call]) => call),
    [7],
  );
});

test("FrameReader never reads damaged bytes as something else without an error", () =>
  seeded((random) => {
    const good = joined([...frameOf(1, tensor("int32", [500])), ...frameOf(2, { a: [1, 2] })]);
    for (let round = 0; round < 300; round++) {
      try {
        read(random.mutated(good), () => 1 + random.below(500));
      } catch (error) {
        assert.ok(error instanceof BrokenFrame, String(error));
      }
    }
  }));
