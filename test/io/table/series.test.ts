import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBody } from "../../../src/io/form/form.ts";
import { multipart } from "../../../src/io/form/multipart.ts";
import type { Cell } from "../../../src/io/table/cell.ts";
import {
  type Series,
  type SeriesOptions,
  type SeriesOrient,
  series,
} from "../../../src/io/table/series.ts";

const decode = async (options: SeriesOptions, text: string, type?: string): Promise<Series> =>
  series(options).decode({ bytes: new TextEncoder().encode(text), type });
const encode = async (options: SeriesOptions, value: unknown): Promise<string> =>
  new TextDecoder().decode((await series(options).encode(value as Series)).bytes);

const AGES: Series = { name: "age", data: [36, null, 0.5] };

/** What pandas' `to_json` writes for AGES, but for its `36.0`, and whether the name is in it. */
const WRITTEN: readonly [SeriesOrient, string, boolean][] = [
  ["records", "[36,null,0.5]", false],
  ["values", "[36,null,0.5]", false],
  ["index", '{"0":36,"1":null,"2":0.5}', false],
  ["split", '{"name":"age","index":[0,1,2],"data":[36,null,0.5]}', true],
];

for (const [orient, text, hasName] of WRITTEN) {
  test(`series({ orient: "${orient}" }) writes and reads what pandas does`, async () => {
    assert.equal(await encode({ orient }, AGES), text);
    const name = hasName ? AGES.name : undefined;
    assert.deepEqual(await decode({ orient }, text), { ...AGES, name });
  });
}

const READ: readonly [SeriesOptions, string, readonly Cell[], string?][] = [
  [{}, "[]", []],
  [{}, '[1, "x", true, null]', [1, "x", true, null]],
  [{ orient: "index" }, "{}", []],
  [{ orient: "index" }, '{"x": 1, "__proto__": 2}', [1, 2]],
  [{ orient: "split" }, '{"data": [1, 2]}', [1, 2]],
  [{ orient: "split" }, '{"name": null, "index": ["a", "b"], "data": [1, 2]}', [1, 2]],
  [{ orient: "split" }, '{"name": 7, "data": []}', [], "7"],
  [{ dtype: "int32" }, "[1.9, true, null]", [1, 1, null]],
  [{ dtype: "string" }, '[7, true, "x", null]', ["7", "true", "x", null]],
  [{ dtype: "bool" }, "[0, 2, true]", [false, true, true]],
  [{ dtype: "float32" }, '["-Infinity", 1]', [Number.NEGATIVE_INFINITY, 1]],
  [
    { dtype: "int64", enforceDtype: true },
    '["9223372036854775807", 5]',
    ["9223372036854775807", 5],
  ],
  [{ shape: [2] }, "[1]", [1]],
  [{ shape: [2], enforceShape: true }, "[1, 2]", [1, 2]],
  [{ shape: [-1], enforceShape: true }, "[1, 2, 3]", [1, 2, 3]],
];

for (const [options, text, data, name] of READ) {
  test(`series(${JSON.stringify(options)}) reads ${text}`, async () => {
    assert.deepEqual(await decode(options, text), { name, data });
  });
}

test("series() ignores the content type", async () => {
  for (const type of [undefined, "application/x-www-form-urlencoded", "text/csv"]) {
    assert.deepEqual((await decode({}, "[1]", type)).data, [1]);
  }
});

const BAD: readonly [SeriesOptions, string, RegExp][] = [
  [{}, "", /^Invalid JSON input received: the body is empty/],
  [{}, "[", /^Invalid JSON input received/],
  [{}, "[1e400]", /a number in it is beyond/],
  [{}, "5", /^Cannot read a series: the JSON value must be an array, but was 5$/],
  [{}, '{"a": 1}', /the JSON value must be an array, but was an object/],
  [{}, "[1, [2]]", /\[1\] must be a string, a finite number, a boolean or null, but was an array/],
  [{ orient: "index" }, "[1]", /the JSON value must be an object, but was an array of 1/],
  [{ orient: "index" }, '{"x": {}}', /: x must be .*but was an object/],
  [{ orient: "split" }, "[1]", /must be an object/],
  [{ orient: "split" }, "{}", /data must be an array, but was undefined/],
  [{ orient: "split" }, '{"data": [{}]}', /data\[0\] must be .*but was an object/],
  [
    { orient: "split" },
    '{"name": [], "data": []}',
    /name must be a string or null, but was an array/,
  ],
  [
    { dtype: "int8" },
    "[1, 300]",
    /^Cannot take a series: cell 1 must be a whole .*int8, but was 300$/,
  ],
  [{ dtype: "float32" }, '["x"]', /cell 0 must be a number.*float32, but was "x"/],
  [{ dtype: "int32", enforceDtype: true }, "[1.5]", /cell 0 must be a whole number.*was 1\.5/],
  [{ dtype: "string", enforceDtype: true }, '["a", 1]', /cell 1 must be a string/],
  [
    { shape: [2], enforceShape: true },
    "[1]",
    /^Cannot take a series of shape \[1\]: it must be \[2\]$/,
  ],
];

for (const [options, text, message] of BAD) {
  test(`series(${JSON.stringify(options)}) refuses ${text}`, async () => {
    await assert.rejects(decode(options, text), { code: "invalid_argument", message });
  });
}

test("series() writes NaN and Infinity as missing, as pandas does", async () => {
  const data = [Number.NaN, Number.NEGATIVE_INFINITY, 1];
  assert.equal(await encode({}, { data }), "[null,null,1]");
  assert.equal(await encode({ dtype: "float32", enforceDtype: true }, { data }), "[null,null,1]");
});

test("series() writes cells as they are where their dtype is not enforced", async () => {
  assert.equal(await encode({ dtype: "int32", shape: [1] }, { data: [0.5, null] }), "[0.5,null]");
});

const UNENCODABLE: readonly [SeriesOptions, unknown, RegExp][] = [
  [{}, undefined, /it must be \{ data \}, but was undefined/],
  [{}, [1], /but was an array of 1/],
  [{}, { data: Float32Array.of(1) }, /its data must be an array of cells, but was an object/],
  [{}, { name: 1, data: [] }, /its name is 1/],
  [{}, { data: [1, undefined] }, /cell 1 is undefined/],
  [{}, { data: [1n] }, /cell 0 is 1n/],
  [{ dtype: "int32", enforceDtype: true }, { data: [1, 0.5] }, /cell 1 must be a whole number/],
  [{ shape: [2], enforceShape: true }, { data: [1] }, /a series of shape \[1\]: it must be \[2\]/],
];

for (const [at, [options, value, message]] of UNENCODABLE.entries()) {
  test(`series(${JSON.stringify(options)}) refuses to encode wrong value ${at}`, async () => {
    await assert.rejects(encode(options, value), { name: "TypeError", message });
  });
}

const MISDEFINED: readonly [object, string, RegExp][] = [
  [{ orient: "table" }, "TypeError", /orient must be one of records.*but was "table"/],
  [{ dtype: "number" }, "TypeError", /dtype must be one of .*but was "number"/],
  [{ enforceDtype: true }, "TypeError", /enforceDtype needs a dtype/],
  [{ enforceShape: true }, "TypeError", /enforceShape needs a shape/],
  [{ shape: 3 }, "TypeError", /shape must be an array/],
  [{ shape: [1.5] }, "RangeError", /but was \[1\.5\]/],
  [{ shape: [2, 2] }, "RangeError", /shape must have one length.*but had 2/],
];

for (const [options, name, message] of MISDEFINED) {
  test(`series() refuses the options ${JSON.stringify(options)}`, () => {
    assert.throws(() => series(options), { name, message });
  });
}

test("series() is a field of multipart()", async () => {
  const io = multipart({ ages: series({ dtype: "int32" }) });
  const made = await io.encode({ ages: { data: [36] } });
  assert.deepEqual(await decodeBody(io, made), { ages: { name: undefined, data: [36] } });
});

test("series() writes integers beyond 2^53 among numbers as integers", async () => {
  const write = async (data: readonly (number | string | null)[]): Promise<string> =>
    new TextDecoder().decode((await series().encode({ data })).bytes);
  assert.equal(await write(["9007199254740993", 1, null]), "[9007199254740993,1,null]");
  assert.equal(await write(["9007199254740993", null]), '["9007199254740993",null]');
  assert.equal(await write(["9007199254740993", "a", 1]), '["9007199254740993","a",1]');
});
