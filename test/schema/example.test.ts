import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { problemIn } from "../../src/page/form/problems.ts";
import { resolver, type Schema } from "../../src/schema/document.ts";
import { exampleOf } from "../../src/schema/example.ts";

const jsonSchemaOf = (schema: z.ZodType): Schema => z.toJSONSchema(schema) as Schema;

const EXAMPLES: readonly (readonly [string, Schema, unknown])[] = [
  ["nothing", {}, {}],
  ["an example", { type: "string", examples: ["a", "b"] }, "a"],
  ["a default", { type: "integer", default: 7 }, 7],
  ["an enum", { enum: ["x", "y"] }, "x"],
  ["a constant", { const: 3 }, 3],
  ["0 where a least number is below it", { type: "integer", minimum: -(2 ** 63) }, 0],
  ["a minimum", { type: "integer", minimum: 5 }, 5],
  ["an exclusive minimum", { type: "integer", exclusiveMinimum: 5 }, 6],
  ["a small range", { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
  ["a negative range", { type: "number", maximum: -2 }, -2],
  ["a step", { type: "integer", minimum: 5, multipleOf: 4 }, 8],
  ["a date", { type: "string", format: "date" }, "2026-01-31"],
  ["a long text", { type: "string", minLength: 6 }, "textxx"],
  ["a short text", { type: "string", maxLength: 2 }, "te"],
  ["one of several types", { type: ["null", "string", "number"] }, "text"],
  ["null, if nothing else is allowed", { type: "null" }, null],
  ["no items where none may be", { type: "array", maxItems: 0, items: { type: "number" } }, []],
  ["null or a number", { type: ["number", "null"] }, 0],
  ["a choice that may be null", { anyOf: [{ type: "null" }, { type: "boolean" }] }, false],
  ["several items", { type: "array", minItems: 2, items: { type: "integer" } }, [0, 0]],
  [
    "a tuple",
    { type: "array", prefixItems: [{ type: "string" }, { type: "number" }] },
    ["text", 0],
  ],
  [
    "an optional property that may be anything",
    { type: "object", properties: { a: {}, b: { type: "number" } }, required: ["b"] },
    { b: 0 },
  ],
  [
    "parts",
    {
      allOf: [
        { type: "object", properties: { a: { type: "number" } } },
        { type: "object", properties: { b: { type: "string" } } },
      ],
    },
    { a: 0, b: "text" },
  ],
];

for (const [what, schema, example] of EXAMPLES) {
  test(`exampleOf() makes ${what}`, () => {
    assert.deepEqual(exampleOf(schema), example);
    if (Object.keys(schema).length > 0)
      assert.equal(problemIn(exampleOf(schema), schema), undefined);
  });
}

test("exampleOf() leaves out what a schema has of itself", () => {
  const document = {
    $defs: {
      tree: {
        type: "object",
        properties: {
          value: { type: "number" },
          parent: { $ref: "#/$defs/tree" },
          children: { type: "array", items: { $ref: "#/$defs/tree" } },
          first: { anyOf: [{ $ref: "#/$defs/tree" }, { type: "string" }] },
        },
        required: ["value", "children"],
      },
    },
  };
  const resolve = resolver(document);
  const schema = { $ref: "#/$defs/tree" };
  const example = exampleOf(schema, resolve);
  assert.deepEqual(example, { value: 0, children: [], first: "text" });
  assert.equal(problemIn(example, schema, resolve), undefined);
});

test("exampleOf() ends at a schema that contains itself", () => {
  const document = {
    $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } },
  };
  const resolve = resolver(document);
  const example = exampleOf({ $ref: "#/$defs/node" }, resolve);
  assert.ok(JSON.stringify(example).length < 200);
  // A reference to nothing, and one to itself.
  assert.deepEqual(exampleOf({ $ref: "#/$defs/none" }, resolve), {});
  const loop = resolver({ a: { $ref: "#/a" } });
  assert.deepEqual(exampleOf({ $ref: "#/a" }, loop), {});
});

test("exampleOf() makes values that zod accepts", () => {
  const schemas = [
    z.object({ name: z.string().min(3), age: z.int().min(18), role: z.enum(["a", "b"]) }),
    z.array(z.tuple([z.string(), z.number().positive()])),
    z.discriminatedUnion("kind", [z.object({ kind: z.literal("one"), x: z.number() })]),
    z.object({ at: z.iso.datetime(), mail: z.email(), link: z.url(), id: z.uuid() }),
    z.object({ deep: z.object({ list: z.array(z.object({ on: z.boolean() })).min(2) }) }),
    z.number().gt(0).lt(1),
  ];
  for (const schema of schemas) schema.parse(exampleOf(jsonSchemaOf(schema)));
});
