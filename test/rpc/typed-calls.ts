/** Calls of the typed rpcs of `echo`, with the answers that they get. */

type Fields = Record<string, unknown>;

/** A picture. */
export const PNG: Uint8Array<ArrayBuffer> = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADU" +
      "lEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  ),
  (character) => character.charCodeAt(0),
);
const doc = { content: new Uint8Array([1, 2]), mediaType: "application/pdf" };

/** The request and the answer of each API, as initial values of their messages. */
export const CALLS: Readonly<Record<string, readonly [request: object, answer: Fields]>> = {
  text: [{ text: "a\u{1F600}" }, { text: "a\u{1F600}" }],
  json: [
    { value: { kind: { case: "nullValue", value: 0 } } },
    { value: { kind: { case: "nullValue", value: 0 } } },
  ],
  list: [
    { values: [1n, -(2n ** 53n - 1n)] },
    {
      value: {
        kind: {
          case: "listValue",
          value: {
            values: [1, -(2 ** 53 - 1)].map((value) => ({ kind: { case: "numberValue", value } })),
          },
        },
      },
    },
  ],
  tensor: [
    { tensor: { values: [1, Number.NaN, Number.NEGATIVE_INFINITY, 0.5] } },
    {
      tensor: {
        dtype: 2,
        shape: [2, 2],
        floatValues: [1, Number.NaN, Number.NEGATIVE_INFINITY, 0.5],
      },
    },
  ],
  named: [
    {
      ids: { shape: [1, -1], values: [2n ** 63n - 1n, -1n] },
      mask: { values: [true, false] },
      pixels: { values: new Uint8Array([0, 255]) },
    },
    {
      tensors: {
        ids: { dtype: 7, shape: [1, 2], int64Values: [2n ** 63n - 1n, -1n] },
        mask: { dtype: 12, shape: [2], boolValues: [true, false] },
        pixels: { dtype: 8, shape: [2], bytesValues: new Uint8Array([0, 255]) },
      },
    },
  ],
  table: [
    {
      table: {
        age: { values: [0, 41], missingRows: [0] },
        name: { stringValues: ["a", ""], missingRows: [1] },
        any: { values: [true, "x"].map((value) => ({ kind: kindOf(value) })) },
      },
    },
    {
      table: {
        names: ["age", "name", "any"],
        columns: [
          { int64Values: [0n, 41n], missingRows: [0] },
          { stringValues: ["a", ""], missingRows: [1] },
          { values: [true, "x"].map((value) => ({ kind: kindOf(value) })) },
        ],
      },
    },
  ],
  series: [
    { series: { values: [0.5, Number.NaN] } },
    { series: { doubleValues: [0.5, 0], missingRows: [1] } },
  ],
  file: [{ file: doc }, { file: doc }],
  form: [
    { title: "", meta: { n: 0 }, doc },
    { title: "", meta: { n: 0 }, doc },
  ],
};

function kindOf(value: boolean | string): object {
  return { case: typeof value === "string" ? "stringValue" : "boolValue", value };
}
