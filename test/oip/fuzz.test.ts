import assert from "node:assert/strict";
import { test } from "node:test";
import { joinBytes } from "../../src/bytes.ts";
import { ServiceError } from "../../src/error.ts";
import { datatypeOf } from "../../src/oip/datatypes.ts";
import type { InferRequest } from "../../src/oip/messages.ts";
import { readInferRequest } from "../../src/oip/read-request.ts";
import { rawOfTensor } from "../../src/oip/tensor-bytes.ts";
import type { ModelMetadata } from "../../src/service/models.ts";
import { DTYPES, type DType, isTensor, sizeOf, type Tensor } from "../../src/tensor.ts";
import { type Random, seeded } from "../support/random.ts";
import { ELEMENTS } from "./elements.ts";
import { jsonBody, metadata, type Sent, spec } from "./requests.ts";

/** Returns a model with some inputs, the first axis of which is open. */
function randomModel(random: Random): ModelMetadata {
  const count = 1 + random.below(3);
  const inputs = Array.from({ length: count }, (_, at) =>
    spec(`x${at}`, random.of(DTYPES), [-1, random.of([2, -1])]),
  );
  const rowAxes = { input: { x0: 0 }, output: {} };
  return metadata(inputs, random.below(2) === 0 ? { rowAxes } : {});
}

type JsonInput = Record<string, unknown>;

/** Returns a valid request: its JSON as a value, and the raw bytes of some of its inputs. */
async function validRequest(model: ModelMetadata, random: Random) {
  const raw: Uint8Array[] = [];
  const inputs: JsonInput[] = [];
  for (const { name, dtype = "bool" } of model.inputs) {
    const [json, data] = ELEMENTS[dtype];
    const head = { name, datatype: datatypeOf(dtype), shape: [1, 2] };
    if (random.below(2) === 0) {
      const bytes = await rawOfTensor({ dtype, shape: [1, 2], data });
      raw.push(bytes);
      inputs.push({ ...head, parameters: { binary_data_size: bytes.length } });
    } else {
      // `JSON.parse` knows no bare Infinity.
      const text = json.replace("-Infinity", "1").replace(/\d{16,}/g, "7");
      inputs.push({ ...head, data: JSON.parse(`[${text}]`) as unknown });
    }
  }
  const outputs = [{ name: "y", parameters: { binary_data: true } }];
  const value = { id: "1", parameters: { priority: 1, timeout: 100 }, inputs, outputs };
  return { value, raw: joinBytes(raw) };
}

/** Values that do not belong where they are put, as JSON texts. */
const STRANGE: readonly string[] = [
  ...["null", "true", "-1", "-0", "0", "0.5", "1e308", "1e400", "NaN", "-Infinity", '""', '"x0"'],
  ...["[]", "{}", "[[]]", "[[],[]]", "[1,[2]]", '{"data":[1]}', '[{"name":"x0"}]', '"\\ud800"'],
  ...["2147483647", "2147483648", "9007199254740993", "18446744073709551616", "1e18", "-1e-400"],
  ...[`${"[".repeat(40)}1${"]".repeat(40)}`, `${"[".repeat(2000)}`, `"${"a".repeat(5000)}"`],
  ...["[2147483647,2147483647,0]", "[4294967296,4294967296]", "[65536,0]", "[0,0]", "[1,2,3]"],
  ...["[-1,-2]", "[1e300,0]", '["1",2]', "[null,2]", "[9007199254740993,0]", '"FP32"', '"BF16"'],
  ...[
    "1".repeat(5000),
    `0.${"1".repeat(5000)}`,
    "\u0000",
    "tru",
    '"\u0001"',
    "[1,",
    "]",
    "\u{1f642}",
  ],
];

/** Returns the JSON text of a value with some of its parts replaced, left out, or written twice. */
function strangeText(value: unknown, random: Random, chance: number): string {
  if (random.below(chance) === 0) return random.of(STRANGE);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const parts = value.flatMap((each) => twice(strangeText(each, random, chance), random, chance));
    return `[${parts.join(",")}]`;
  }
  const parts = Object.entries(value).flatMap(([key, each]) => {
    const name = random.below(chance * 2) === 0 ? random.of(["data", "name", "__proto__"]) : key;
    return twice(`"${name}":${strangeText(each, random, chance)}`, random, chance);
  });
  return `{${parts.join(random.of([",", ", ", "\n,"]))}}`;
}

/** Returns a part once, as a rule, or not at all, or twice. */
function twice(part: string, random: Random, chance: number): string[] {
  const dice = random.below(chance * 4);
  return dice === 0 ? [] : dice === 1 ? [part, part] : [part];
}

/** Returns a body that is probably malformed, and its header. */
async function strangeBody(model: ModelMetadata, random: Random): Promise<Sent> {
  if (random.below(20) === 0) {
    return [Uint8Array.from({ length: random.below(200) }, () => random.below(256)), header()];
  }
  const { value, raw } = await validRequest(model, random);
  const [json] = jsonBody(strangeText(value, random, random.of([10, 30, 100, 1000])));
  const end = random.below(5) === 0 ? random.mutated(raw) : raw;
  const sound = joinBytes([json, end]);
  const body = random.below(5) === 0 ? random.mutated(sound) : sound;
  return [body, random.below(20) === 0 ? header() : String(json.length)];

  function header(): string | undefined {
    const lengths = ["0", "1", "-1", "1e9", "999999999999999", "0x10", "", " 5", "5, 5", "NaN"];
    return random.of([...lengths, undefined]);
  }
}

/** Checks a request that was read: each input has the dtype and as many elements as it claims. */
function checkRequest({ inputs }: InferRequest, model: ModelMetadata): void {
  assert.deepEqual(Object.keys(inputs).sort(), model.inputs.map(({ name }) => name).sort());
  for (const { name, dtype, shape } of model.inputs) {
    const input: Tensor | undefined = inputs[name];
    assert.ok(isTensor(input));
    assert.equal(input.dtype, dtype satisfies DType | undefined);
    assert.equal(input.data.length, sizeOf(input.shape));
    assert.equal(input.shape.length, shape?.length);
  }
}

const ROUNDS = 6000;

test(`readInferRequest() reads or refuses ${ROUNDS} strange bodies`, { timeout: 300_000 }, () =>
  seeded(async (random) => {
    let read = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const model = randomModel(random);
      const [body, header] = await strangeBody(model, random);
      try {
        checkRequest(await readInferRequest(body, header, model), model);
        read += 1;
      } catch (error) {
        const isRefusal = error instanceof ServiceError && error.code === "invalid_argument";
        const text = JSON.stringify(new TextDecoder().decode(body)).slice(0, 2000);
        assert.ok(isRefusal, `${error} of ${text} with ${header} (round ${round})`);
        assert.ok(error.message.length < 2000, error.message);
      }
    }
    // Some of each, or it would test one path only.
    assert.ok(read > ROUNDS / 10 && read < (ROUNDS * 3) / 4, `${read} were read`);
  }),
);

/** Bodies of about a megabyte that would be slow, or take much memory, if read naively. */
const LARGE: readonly (readonly [what: string, text: string])[] = [
  ["open arrays", "[".repeat(1e6)],
  ["open arrays as data", `{"inputs":[{"data":${"[".repeat(1e6)}`],
  ["empty arrays as data", valid(`[${"[],".repeat(3e5)}[]]`)],
  ["empty texts as data", valid(`[${'"",'.repeat(3e5)}""]`)],
  ["open objects", '{"a":'.repeat(2e5)],
  ["inputs", `{"inputs":[${'{"name":"x"},'.repeat(8e4)}{}]}`],
  ["numbers as inputs", `{"inputs":[${"1,".repeat(5e5)}1]}`],
  ["outputs", `{"inputs":[],"outputs":[${'{"name":"y"},'.repeat(8e4)}{"name":"y"}]}`],
  [
    "lengths",
    `{"inputs":[{"name":"x","datatype":"FP32","shape":[${"1,".repeat(5e5)}1],"data":[]}]}`,
  ],
  ["keys", `{${Array.from({ length: 6e4 }, (_, at) => `"key${at}":0`).join()}}`],
  ["a key again and again", `{${'"inputs":[],'.repeat(8e4)}"inputs":[]}`],
  ["digits", valid(`[${"1".repeat(1e6)}]`)],
  ["digits of a fraction", valid(`[0.${"1".repeat(1e6)},"a"]`)],
  ["digits of an id", `{"id":${"1".repeat(1e6)}}`],
  ["a text", `{"id":"${"\\u0041".repeat(1.6e5)}`],
  ["a name", valid("[1]").replace('"x"', `"${"é".repeat(5e5)}"`)],
  ["escapes in data", valid(`["${"\\\\".repeat(5e5)}"]`)],
  ["more data than the shape", valid(`[${"1,".repeat(5e5)}1]`)],
  ["white space", valid(`[1${" ".repeat(1e6)}`)],
];

function valid(data: string): string {
  return `{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":${data}}]}`;
}

test("readInferRequest() refuses large malformed bodies", async () => {
  const model = metadata([spec("x", "float32", [-1])]);
  for (const [what, text] of LARGE) {
    const [body] = jsonBody(text);
    // What takes quadratic time here does not end before the time limit of tests.
    await assert.rejects(readInferRequest(body, undefined, model), (error) => {
      assert.ok(error instanceof ServiceError, `${what}: ${error}`);
      assert.equal(error.code, "invalid_argument", what);
      assert.ok(error.message.length < 2000, `${what}: ${error.message.slice(0, 3000)}`);
      return true;
    });
  }
});
