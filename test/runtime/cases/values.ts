/** text() and json(): the requests, and the right answers. */
import { api, json, text } from "ekiben";
import type { Exchange } from "./exchange.ts";

/** A schema without a library: an object with a whole number `age`, which gets a `name`. */
const person = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) => {
      const { age, name = "nobody" } = (value ?? {}) as { age?: unknown; name?: string };
      if (Number.isInteger(age)) return { value: { age: Number(age), name } };
      return { issues: [{ message: "must be a whole number", path: ["age"] }] };
    },
  },
} as const;

const odd = {
  at: new Date(0),
  skipped: undefined,
  list: [undefined, -0, 5e-324, 1e300, 12n],
  "": { a: [] },
};

const rows = Array.from({ length: 300 }, (_, id) => ({ id, score: id / 4, none: null }));

export const TEXT_APIS = {
  upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()),
};

export const TEXT: readonly Exchange[] = [
  {
    api: "upper",
    what: "words",
    rest: ["grüße", "GRÜSSE"],
    message: [{ text: "ß" }, { text: "SS" }],
  },
  { api: "upper", what: "nothing", rest: ["", ""], message: [{ text: "" }, { text: "" }] },
  { api: "upper", what: "bytes", message: [{ serializedBytes: btoa("hi") }, { text: "HI" }] },
  { api: "upper", what: "100,000 letters", rest: ["ab".repeat(50_000), "AB".repeat(50_000)] },
  {
    api: "upper",
    what: "bytes that are not UTF-8",
    rest: [Uint8Array.of(255), [400, "invalid_argument", /UTF-8/]],
    message: [{ serializedBytes: "/w==" }, ["invalid_argument", /UTF-8/]],
  },
  {
    api: "upper",
    what: "another field",
    message: [{ json: 1 }, ["invalid_argument", /'text,serialized_bytes' got 'json' instead/]],
  },
];

export const JSON_APIS = {
  echo: api({ input: json<unknown>(), output: json() }, (value) => value),
  person: api({ input: json(person), output: json() }, (value) => value),
  big: api({ input: json<unknown>({ bigIntegers: true }), output: json() }, (value) => value),
  rounded: api(
    { input: json<unknown>({ bigIntegers: "number" }), output: json() },
    (value) => value,
  ),
  odd: api({ input: text(), output: json() }, () => odd),
  nothing: api({ input: text(), output: json() }, () => undefined),
  nan: api({ input: text(), output: json() }, () => [Number.NaN]),
  listed: api({ input: text(), output: json() }, () => rows),
};

const value = { a: [1, "x", true, null, { "": [] }], é: -0.5, e: 1e300 };

export const JSONS: readonly Exchange[] = [
  {
    api: "echo",
    what: "every kind of value",
    rest: [JSON.stringify(value), { json: value }],
    message: [{ json: value }, { json: value }],
  },
  {
    api: "echo",
    what: "JSON in bytes",
    message: [{ serializedBytes: btoa("[1]") }, { json: [1] }],
  },
  {
    api: "echo",
    what: "broken JSON",
    rest: ['{"a": [1, }', [400, "invalid_argument", /^Invalid JSON input received: /]],
    message: [
      { serializedBytes: btoa("[1") },
      ["invalid_argument", /^Invalid JSON input received/],
    ],
  },
  { api: "echo", what: "NaN", rest: ["[NaN]", [400, "invalid_argument", /NaN/]] },
  {
    api: "echo",
    what: "an integer beyond doubles",
    rest: ["[9007199254740993]", [400, "invalid_argument", /9007199254740993/]],
  },
  {
    api: "echo",
    what: "deep JSON",
    rest: ["[".repeat(1e5), [400, "invalid_argument", /deep|nest/]],
  },
  {
    api: "person",
    what: "a value with a default of the schema",
    rest: ['{"age": 7}', { json: { age: 7, name: "nobody" } }],
    message: [{ json: { age: 7 } }, { json: { age: 7, name: "nobody" } }],
  },
  {
    api: "person",
    what: "a value that the schema refuses",
    rest: ['{"age": "x"}', [400, "invalid_argument", /age: must be a whole number/]],
    message: [{ json: {} }, ["invalid_argument", /age: must be a whole number/]],
  },
  { api: "big", what: "a BigInt", rest: ["[9007199254740993]", "[9007199254740993]"] },
  {
    api: "big",
    what: "a BigInt in bytes",
    message: [{ serializedBytes: btoa("[9007199254740993]") }, { json: ["9007199254740993"] }],
  },
  { api: "rounded", what: "a rounded integer", rest: ["[9007199254740993]", "[9007199254740992]"] },
  {
    api: "odd",
    what: "what JSON.stringify() does with odd values",
    rest: ["", '{"at":"1970-01-01T00:00:00.000Z","list":[null,0,5e-324,1e+300,12],"":{"a":[]}}'],
    message: [
      { text: "" },
      {
        json: { at: "1970-01-01T00:00:00.000Z", list: [null, 0, 5e-324, 1e300, 12], "": { a: [] } },
      },
    ],
  },
  {
    api: "nothing",
    what: "undefined",
    rest: ["", "null"],
    message: [{ text: "" }, { json: null }],
  },
  {
    api: "nan",
    what: "NaN of a handler",
    rest: ["", [500, "internal", /^Internal error$/]],
    message: [{ text: "" }, ["internal", /^Internal error$/]],
  },
  {
    api: "listed",
    what: "300 rows",
    rest: ["", { json: rows }],
    message: [{ text: "" }, { json: rows }],
  },
];
