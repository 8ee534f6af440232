import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { z } from "zod";
import { api, json, type Service, service, text } from "../../src/index.ts";
import { descriptorOf, protoFile, protoText } from "../../src/proto/index.ts";
import { nextNumber } from "../../src/proto/types.ts";
import { echo } from "./strange.ts";

const textOf = (given: Service, earlier?: string): string =>
  protoText(protoFile(given, { earlier }));

test("protoText: a service with all kinds of descriptors", () => {
  const golden = new URL("fixtures/strange_echo.proto", import.meta.url);
  const wanted = readFileSync(golden, "utf8").split("\n");
  const lines = textOf(echo).split("\n");
  // The first line that differs: nobody wants to read both.
  const at = lines.findIndex((line, each) => line !== wanted[each]);
  assert.equal(lines[at], wanted[at]);
  assert.equal(lines.length, wanted.length);
});

/** Returns a service with one API that takes a schema. */
function taking(schema: z.ZodType): Service {
  const apis = { call: api({ input: json(schema), output: text() }, () => "") };
  return service("one", { apis });
}

/** Returns the fields of the request of such a service. */
function fieldsOf(given: Service, earlier?: string): string[] {
  const [, body = ""] = /message CallRequest \{\n([^}]*)\}/.exec(textOf(given, earlier)) ?? [];
  return body.trim().split(/\n\s*/);
}

const FIELDS: readonly (readonly [what: string, schema: z.ZodType, fields: readonly string[]])[] = [
  ["int32", z.object({ a: z.int32() }), ["optional int32 a = 1;"]],
  [
    "uint32",
    z.object({
      a: z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
    }),
    ["optional uint32 a = 1;"],
  ],
  ["int64", z.object({ a: z.int() }), ["optional int64 a = 1;"]],
  ["numbers of a few values", z.object({ a: z.literal([1, 2]) }), ["optional int32 a = 1;"]],
  ["null alone", z.object({ a: z.null() }), ["google.protobuf.Value a = 1;"]],
  [
    "any object",
    z.looseObject({}),
    ["// All other keys.", "map<string, google.protobuf.Value> additional_properties = 10000;"],
  ],
  ["a list", z.array(z.string()), ["repeated string values = 1;"]],
  ["a record", z.record(z.string(), z.boolean()), ["map<string, bool> entries = 1;"]],
  ["a text", z.string(), ["optional string value = 1;"]],
  ["null or a text", z.string().nullable(), ["google.protobuf.Value value = 1;"]],
  [
    "an intersection",
    z.object({ a: z.string() }).and(z.object({ b: z.boolean() })),
    ["optional string a = 1;", "optional bool b = 2;"],
  ],
  [
    "what JSON Schema has no word for",
    z.object({ a: z.date(), b: z.bigint() }),
    ["google.protobuf.Value a = 1;", "google.protobuf.Value b = 2;"],
  ],
];

for (const [what, schema, fields] of FIELDS) {
  test(`protoText: ${what}`, () => assert.deepEqual(fieldsOf(taking(schema)), fields));
}

/** Returns a schema of no library, which gives this JSON Schema of itself. */
function schemaOf(input: object): StandardSchemaV1 {
  const validate = (value: unknown) => ({ value });
  const standard = { version: 1, vendor: "none", validate, jsonSchema: { input: () => input } };
  return { "~standard": standard } as StandardSchemaV1;
}

const ANY = ["google.protobuf.Value value = 1;"];
const LIST = { anyOf: [{ type: "string" }, { type: "array", items: { $ref: "#/$defs/List" } }] };

const STRANGE: readonly (readonly [what: string, schema: object, fields: readonly string[]])[] = [
  ["a reference to nothing", { $ref: "#/$defs/none" }, ANY],
  ["references in a circle", { $defs: { X: { $ref: "#/$defs/X" } }, $ref: "#/$defs/X" }, ANY],
  [
    "a list of itself, in a oneof",
    { $defs: { List: LIST }, $ref: "#/$defs/List" },
    ["CallRequestList value = 1;"],
  ],
  [
    "a tuple of nothing",
    { type: "array", prefixItems: [], items: false },
    ["CallRequestValue value = 1;"],
  ],
  ["a schema that is false", { not: {} }, ANY],
  [
    "keys that no name in JSON may be, and integers beyond all",
    {
      type: "object",
      properties: {
        "\u0000": { type: "integer", minimum: 0, maximum: 2 ** 64 },
        'q"\\\n': { type: "integer", minimum: 0, maximum: 2 ** 63 },
        "\ud800": true,
        Class: { type: ["integer", "null"], minimum: -1, maximum: 1 },
      },
      required: "no",
    },
    [
      "optional int64 unnamed = 1;",
      'optional uint64 q = 2 [json_name = "q\\"\\\\\\n"];',
      'google.protobuf.Value unnamed_2 = 3 [json_name = "\ufffd"];',
      'optional int32 class = 4 [json_name = "Class"];',
    ],
  ],
];

for (const [what, schema, fields] of STRANGE) {
  test(`protoText: ${what}`, () => {
    const apis = { call: api({ input: json(schemaOf(schema)), output: text() }, () => "") };
    const given = service("one", { apis });
    assert.deepEqual(fieldsOf(given), fields);
    descriptorOf(protoFile(given));
  });
}

test("protoText: 1,000 fields", () => {
  const keys = Array.from({ length: 1000 }, (_, at) => [`f${at}x`, z.string()] as const);
  const fields = fieldsOf(taking(z.object(Object.fromEntries(keys))));
  assert.equal(fields[999], "optional string f999x = 1000;");
});

test("nextNumber: leaves out the numbers that protobuf keeps for itself", () => {
  assert.deepEqual([0, 18_998, 18_999].map(nextNumber), [1, 18_999, 20_000]);
});

test("protoFile: an earlier file keeps the numbers of fields", () => {
  const first = textOf(taking(z.object({ a: z.string(), b: z.string(), c: z.enum(["x", "y"]) })));
  const later = taking(z.object({ d: z.string(), c: z.enum(["z", "y"]), b: z.boolean() }));
  const second = textOf(later, first);
  assert.deepEqual(fieldsOf(later, first), [
    "reserved 1, 2;",
    'reserved "a";',
    "optional string d = 4;",
    "optional CallRequestC c = 3;",
    "optional bool b = 5;",
  ]);
  assert.match(second, /reserved 1;\n {2}reserved "CALL_REQUEST_C_X";\n/);
  assert.match(second, /CALL_REQUEST_C_Z = 3;\n.*\n {2}CALL_REQUEST_C_Y = 2;/);
  assert.equal(textOf(later, second), second, "nothing changes without a change");
});

test("protoFile: a package of the user's own, and invalid ones", () => {
  const given = taking(z.string());
  assert.match(protoText(protoFile(given, { package: "acme.v1" })), /^package acme\.v1;$/m);
  assert.match(
    protoText(protoFile(taking(z.any()), { package: "acme.google.v1" })),
    /^ {2}\.google\.protobuf\.Value value = 1;$/m,
  );
  for (const name of ["", "Acme", "acme..v1", "acme.v1;", "1.v1"]) {
    assert.throws(() => protoFile(given, { package: name }), /Cannot name a package/);
  }
});

test("protoText: a schema is asked once for its JSON Schema, whatever it describes", () => {
  for (const root of [
    { type: "object", properties: { a: {} } },
    { type: "array", items: {} },
    {},
  ]) {
    let count = 0;
    const input = (): Record<string, unknown> => {
      count += 1;
      return root;
    };
    const validate = (value: unknown) => ({ value });
    const jsonSchema = { input, output: input };
    const schema = { "~standard": { version: 1, vendor: "test", validate, jsonSchema } } as const;
    const apis = { call: api({ input: json(schema), output: text() }, () => "") };
    textOf(service("one", { apis }));
    assert.equal(count, 1, JSON.stringify(root));
  }
});
