import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { encodeJson } from "../../../src/bentoml/content/json.ts";
import { decodeBody } from "../../../src/io/form/form.ts";
import { multipart } from "../../../src/io/form/multipart.ts";
import { json } from "../../../src/io/json/json.ts";
import { stringifyJson } from "../../../src/io/json/text.ts";
import { namedTensors } from "../../../src/io/tensor/named-tensors.ts";
import { tensor } from "../../../src/tensor.ts";
import { seeded } from "../../support/random.ts";
import { anyValue, deep, REFUSED, SAME } from "../json-values.ts";
import { write } from "./content-of.ts";

/** What the message of a value says, once it has been sent. */
function sent(value: unknown): JsonValue {
  const bytes = toBinary(ValueSchema, encodeJson(value));
  return toJson(ValueSchema, fromBinary(ValueSchema, bytes));
}

/** What the text of a value says. */
function written(value: unknown): unknown {
  return JSON.parse(new TextDecoder().decode(stringifyJson(value)));
}

for (const [what, value] of SAME) {
  test(`encodeJson() gives the same JSON as the text of ${what}`, () => {
    assert.deepEqual(sent(value), written(value));
  });
}

test("encodeJson() has digits for integers that a double cannot hold", () => {
  const value = [2n ** 53n + 1n, 2n ** 64n - 1n, 10n ** 20n, -(10n ** 400n)];
  assert.deepEqual(sent(value), [
    "9007199254740993",
    `${2n ** 64n - 1n}`,
    1e20,
    `-1${"0".repeat(400)}`,
  ]);
});

for (const [what, value] of REFUSED) {
  test(`encodeJson() refuses ${what} with the error of the text`, () => {
    let message: string | undefined;
    try {
      stringifyJson(value);
    } catch (error) {
      assert.ok(error instanceof TypeError || (error as Error).message === "no");
      message = (error as Error).message;
    }
    assert.ok(message !== undefined);
    assert.throws(() => encodeJson(value), { name: "TypeError", message });
  });
}

test("encodeContent() gives a form's message the same JSON as its body", async () => {
  const value = {
    rows: [{ at: new Date(0), score: 0.5, none: undefined }],
    scores: { x: tensor("float64", [1, 2], Float64Array.of(Number.NaN, 1e21)) },
  };
  const io = multipart({ rows: json(), scores: namedTensors() });
  const message = (await write(io, value))["multipart"] as { fields: Record<string, JsonValue> };
  const read = await decodeBody(
    multipart({ rows: json(), scores: json() }),
    await io.encode(value),
  );
  const { rows, scores } = read;
  assert.deepEqual(message.fields, { rows: { json: rows }, scores: { json: scores } });
});

test("encodeJson() takes 512 levels", () => {
  assert.deepEqual(toJson(ValueSchema, encodeJson(deep(512))), deep(512));
  const message = /circular, or nested deeper than 512 levels/;
  assert.throws(() => encodeJson(deep(513)), { name: "TypeError", message });
});

test("encodeJson() gives random values the same JSON as their text", () => {
  seeded((random) => {
    for (let at = 0; at < 1000; at++) {
      const value = anyValue(random, 4);
      assert.deepEqual(sent(value), written(value), `value ${at}`);
    }
  });
});
