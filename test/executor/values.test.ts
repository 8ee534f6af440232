/** Values cross to a worker and back in the same way over every executor. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EXECUTORS, type ExecutorName } from "../../src/executor/executor.ts";
import { host } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import { allocate, DTYPES, type Tensor, tensor } from "../../src/tensor.ts";
import echo, { unsendable } from "./fixtures/echo.ts";

const shared = { x: 1 };
const cycle: Record<string, unknown> = { name: "cycle" };
cycle["self"] = cycle;
const large = tensor("float32", [50, 200]);
large.data.fill(1.5);
large.data[9_999] = Number.NaN;

class Point {
  readonly x = 1;
  readonly y = 2;
}

/** Returns a tensor of each dtype, of enough elements to be sent apart from the message. */
function tensors(length: number): Record<string, Tensor> {
  const made = DTYPES.map((dtype) => {
    const data = allocate(dtype, length);
    for (let at = 0; at < length; at++) (data as unknown[])[at] = elementOf(dtype, at);
    return [dtype, { dtype, shape: [length], data }] as const;
  });
  return Object.fromEntries(made) as Record<string, Tensor>;
}

function elementOf(dtype: string, at: number): unknown {
  if (dtype === "string") return `é${at}`;
  if (dtype.endsWith("int64")) return BigInt(at);
  return dtype === "bool" ? at % 2 : at % 100;
}

const VALUES: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  "negative zero": [-0, 0],
  "numbers that JSON lacks": [Number.NaN, Infinity, -Infinity],
  "big integers": [12345678901234567890123n, -5n],
  strings: ["", "é😀", "\ud800"],
  dates: [new Date(5), new Date(Number.NaN)],
  "maps and sets": new Map<unknown, unknown>([[1, new Set([undefined, "a"])]]),
  "a missing and an undefined property": { a: undefined },
  "an array with holes": Object.assign(new Array(3), { 0: 1, 2: 3 }),
  "a cycle": cycle,
  "an object twice": [shared, shared],
  "a class": new Point(),
  "a regular expression": /a+/giu,
  errors: { error: new RangeError("wrong"), caused: new Error("a", { cause: new Error("b") }) },
  "an array buffer": new Uint8Array([1, 2, 3]).buffer,
  "typed arrays": [new Float32Array([1.5]), new Float16Array([0.5]), new BigInt64Array([-1n])],
  "a view of more": { view: new Uint8Array([1, 2, 3, 4]).subarray(1, 3) },
  "a data view": new DataView(new ArrayBuffer(8), 4),
  bytes: new Uint8Array(100_000).fill(7),
  "many rows": Array.from({ length: 2_000 }, (_, at) => ({ at, name: `row ${at}` })),
  "a large tensor": large,
  "a scalar": tensor("int32", [], Int32Array.of(7)),
  "a tensor without elements": tensor("float32", [0, 3]),
  "a tensor on a part of a buffer": {
    dtype: "float32",
    shape: [300],
    data: new Float32Array(1000).fill(2).subarray(100, 400),
  },
  "small tensors of all dtypes": tensors(3),
  "larger tensors of all dtypes": tensors(5000),
  "an array of tensors": [
    large,
    tensor("uint8", [2], Uint8Array.of(1, 2)),
    tensor("float16", [2000]),
  ],
  "tensors deep inside": {
    list: [{ one: tensor("float64", [2], Float64Array.of(1, -0)) }],
    more: { large },
  },
};

const UNSENDABLE = ["function", "symbol", "promise", "weak map", "proxy", "throwing getter"];

/** Runs a test over each executor. A runtime that lacks one says so. */
function overEach(what: string, run: (isolation: ExecutorName) => Promise<void>): void {
  for (const isolation of EXECUTORS) {
    test(`${what} over ${isolation}`, async () => {
      if (host.executors[isolation] !== undefined) return await run(isolation);
      const missing = runner(echo, { name: "echo", isolation, optional: true });
      await assert.rejects(missing.start(), /this runtime has no isolation "web"/);
    });
  }
}

async function started(isolation: ExecutorName) {
  const calls = runner(echo, { name: "echo", isolation, workers: 1, optional: true });
  await calls.start();
  return Object.assign(calls, { [Symbol.asyncDispose]: () => calls.close() });
}

overEach("a runner passes on values as structured clones", async (isolation) => {
  await using calls = await started(isolation);
  for (const [name, value] of Object.entries(VALUES)) {
    const wanted = structuredClone(value);
    assert.deepEqual(await calls.echo(value), wanted, name);
    assert.deepEqual(structuredClone(value), wanted, `${name}: its caller keeps it`);
  }
  const [one, two] = (await calls.echo([shared, shared])) as readonly unknown[];
  assert.equal(one, two, "an object twice is the same object");
  const bytes = (await calls.echo(Buffer.from("bytes"))) as Uint8Array;
  assert.equal(bytes.constructor, Uint8Array);
  const { view } = (await calls.echo(VALUES["a view of more"])) as { view: Uint8Array };
  assert.deepEqual([view.byteOffset, view.buffer.byteLength], [1, 4]);
});

overEach("a runner refuses values that cannot be sent", async (isolation) => {
  await using calls = await started(isolation);
  for (const name of UNSENDABLE) {
    const given = calls.echo(unsendable(name));
    await assert.rejects(given, {
      name: "TypeError",
      message: /"echo" cannot be sent to a worker/,
    });
    await assert.rejects(calls.unsendable(name), { name: /^(DataCloneError|RangeError)$/ }, name);
  }
  assert.equal(await calls.echo("still there"), "still there");
  assert.equal(calls.stats().restarts, 0);
});
