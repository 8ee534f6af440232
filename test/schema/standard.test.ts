import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { Definitions } from "../../src/schema/json-schema.ts";
import { standardSchema } from "../../src/schema/standard.ts";

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}

/** A Standard Schema without a JSON Schema. */
const bare = {
  "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) },
};

test("standardSchema() returns the input of a schema, which is what bodies have", () => {
  const schema = z.object({
    text: z.string().min(1),
    top: z.int().min(1).default(3),
    length: z.string().transform((text) => text.length),
  });
  assert.deepEqual(standardSchema(schema, "only", new Definitions()), {
    type: "object",
    properties: {
      text: { type: "string", minLength: 1 },
      top: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: 3 },
      length: { type: "string" },
    },
    required: ["text", "length"],
  });
});

test("standardSchema() moves a schema that refers to itself into the document, once", () => {
  const tree: z.ZodType<Tree> = z.lazy(() =>
    z.object({ name: z.string(), children: z.array(tree) }),
  );
  const whole = z.object({
    name: z.string(),
    get others() {
      return z.array(whole);
    },
  });
  const definitions = new Definitions("#/components/schemas");
  const first = standardSchema(tree, "grow", definitions);
  assert.deepEqual(standardSchema(tree, "again", definitions), first);
  const root = standardSchema(whole, "grow", definitions);
  const refs = [...JSON.stringify([first, root, definitions.all]).matchAll(/"\$ref":"([^"]*)"/g)];
  const names = refs.map(([, ref = ""]) => ref.replace("#/components/schemas/", ""));
  assert.ok(names.length >= 2);
  for (const name of names) assert.ok(Object.hasOwn(definitions.all, name), name);
  assert.doesNotMatch(JSON.stringify(definitions.all), /\$defs/);
});

test("standardSchema() takes any value where a library has no JSON Schema", () => {
  assert.deepEqual(standardSchema(bare as never, "only", new Definitions()), {});
  const failing = {
    "~standard": {
      ...bare["~standard"],
      jsonSchema: {
        input: () => assert.fail("no JSON Schema"),
        output: () => assert.fail("not asked for"),
      },
    },
  };
  assert.deepEqual(standardSchema(failing as never, "only", new Definitions()), {});
});

test("standardSchema() leaves out only the types that JSON does not have", () => {
  const schema = z.object({ at: z.date(), size: z.bigint(), name: z.string() });
  assert.deepEqual(standardSchema(schema, "only", new Definitions()), {
    type: "object",
    properties: { at: {}, size: {}, name: { type: "string" } },
    required: ["at", "size", "name"],
  });
});
