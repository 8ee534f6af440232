import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { fieldsOf, fieldValue } from "../../../src/page/form/field-models.ts";
import { problemIn } from "../../../src/page/form/problems.ts";
import type { Schema } from "../../../src/schema/document.ts";

const same = (schema: Schema): Schema => schema;
const jsonSchemaOf = (schema: z.ZodType): Schema => z.toJSONSchema(schema) as Schema;

const PROBLEMS: readonly (readonly [unknown, Schema, string | undefined])[] = [
  [{ a: 1 }, { type: "object", required: ["a", "b"] }, "b is missing"],
  [
    { a: { b: "x" } },
    { properties: { a: { properties: { b: { type: "number" } } } } },
    "a.b must be a number",
  ],
  [[1, "x"], { type: "array", items: { type: "number" } }, "[1] must be a number"],
  [1.5, { type: "integer" }, "The value must be a whole number"],
  [null, { type: ["string", "null"] }, undefined],
  [null, { type: "object" }, "The value must be an object"],
  ["", { type: "string", minLength: 1 }, "The value is empty"],
  ["😀", { type: "string", maxLength: 1 }, undefined],
  ["c", { enum: ["a", "b"] }, 'The value must be one of "a", "b"'],
  [5, { anyOf: [{ type: "string" }, { type: "number" }] }, undefined],
  [true, { anyOf: [{ type: "string" }, { type: "number" }] }, "The value must be a text"],
  [{ x: 1 }, { type: "object", properties: {}, additionalProperties: false }, "x is not known"],
  [{ constructor: 1 }, { properties: { a: { type: "string" } } }, undefined],
  [0, { exclusiveMinimum: 0 }, "The value must be more than 0"],
  [[1], { type: "array", minItems: 2 }, "The value needs 2 items"],
];

for (const [value, schema, problem] of PROBLEMS) {
  test(`problemIn(${JSON.stringify(value)}) of ${JSON.stringify(schema)}`, () => {
    assert.equal(problemIn(value, schema), problem);
  });
}

test("fieldsOf() has a field for each property of a simple object", () => {
  const person = z.object({
    name: z.string().describe("As it is spoken"),
    age: z.int().min(0).max(150),
    role: z.enum(["reader", "writer"]),
    isActive: z.boolean(),
    isOld: z.boolean().optional(),
    tags: z.array(z.string()),
    weights: z.array(z.number()).optional(),
  });
  const fields = fieldsOf(jsonSchemaOf(person), same) ?? assert.fail("a form");
  const shown = fields.map(({ name, control, isRequired }) => [name, control, isRequired]);
  assert.deepEqual(shown, [
    ["name", "text", true],
    ["age", "number", true],
    ["role", "choice", true],
    ["isActive", "switch", true],
    ["isOld", "choice", false],
    ["tags", "lines", true],
    ["weights", "lines", false],
  ]);
  assert.equal(fields[0]?.help, "As it is spoken");
  const texts = ["Ada", "36", "1", "", "", "a\nb", "1\n2.5"];
  const values = fields.map((field, at) => fieldValue(field, texts[at] ?? "", true));
  assert.deepEqual(values, ["Ada", 36, "writer", true, undefined, ["a", "b"], [1, 2.5]]);
  const age = fields[1] ?? assert.fail();
  for (const text of ["x", "", " "]) assert.throws(() => fieldValue(age, text, false), /age/);
});

test("fieldsOf() leaves all else to a text of JSON", () => {
  const schemas: readonly Schema[] = [
    {},
    { type: "array", items: { type: "object" } },
    { type: "object", properties: {} },
    {
      type: "object",
      properties: { a: { type: "object", properties: { b: { type: "string" } } } },
    },
    { type: "object", properties: { a: {} } },
    {
      type: "object",
      additionalProperties: { type: "number" },
      properties: { a: { type: "string" } },
    },
    { anyOf: [{ type: "object", properties: { a: { type: "string" } } }] },
    { type: "object", properties: { points: { type: "array", items: { type: "array" } } } },
  ];
  for (const schema of schemas)
    assert.equal(fieldsOf(schema, same), undefined, JSON.stringify(schema));
});
