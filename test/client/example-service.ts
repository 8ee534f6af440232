/** A service with an API for each descriptor, and for what can go wrong. */
import {
  api,
  dataframe,
  file,
  type Io,
  image,
  json,
  multipart,
  namedTensors,
  ndarray,
  type Picture,
  ServiceError,
  series,
  service,
  tensor,
  text,
} from "ekiben";
import { z } from "zod";

/** A descriptor of another making: its values are numbers, its bodies are dots. */
const dots: Io<number> = {
  kind: "dots",
  mediaType: "application/x-dots",
  decode: ({ bytes }) => bytes.length,
  encode: (count) => ({ bytes: new Uint8Array(count).fill(46), type: "application/x-dots" }),
};

const form = { note: text(), size: json<{ width: number }>(), picture: image(), extra: file() };

async function* items<T>(...all: T[]): AsyncGenerator<T> {
  yield* all;
}

export const example = service("example", {
  apis: {
    text: api({ input: text(), output: text() }, (value) => value),
    json: api({ input: json<unknown>(), output: json<unknown>() }, (value) => value),
    count: api(
      {
        input: json<{ id: number | bigint }>({ bigIntegers: true }),
        output: json<{ id: number | bigint }>({ bigIntegers: true }),
      },
      (value) => value,
    ),
    greet: api(
      {
        input: json(z.object({ name: z.string(), times: z.number().default(1) })),
        output: json<{ hello: string; at: Date }>(),
        route: "v1/people/greet",
      },
      ({ name, times }) => ({ hello: name.repeat(times), at: new Date(0) }),
    ),
    array: api({ input: ndarray(), output: ndarray() }, (value) => value),
    floats: api(
      { input: ndarray({ dtype: "float32" }), output: ndarray({ dtype: "float32" }) },
      (value) => value,
    ),
    tensors: api({ input: namedTensors(), output: namedTensors() }, (value) => value),
    typed: api(
      {
        input: namedTensors({ dtypes: { ids: "int64", mask: "bool", scores: "float32" } }),
        output: namedTensors({ dtypes: { ids: "int64", mask: "bool", scores: "float32" } }),
      },
      (value) => value,
    ),
    records: api({ input: dataframe(), output: dataframe() }, (value) => value),
    split: api(
      { input: dataframe({ orient: "split" }), output: dataframe({ orient: "split" }) },
      (value) => value,
    ),
    columns: api(
      { input: dataframe({ orient: "columns" }), output: dataframe({ orient: "columns" }) },
      (value) => value,
    ),
    index: api(
      { input: dataframe({ orient: "index" }), output: dataframe({ orient: "index" }) },
      (value) => value,
    ),
    values: api(
      {
        input: dataframe({ orient: "values", columns: ["name", "age"] }),
        output: dataframe({ orient: "values", columns: ["name", "age"] }),
      },
      (value) => value,
    ),
    parquet: api(
      { input: dataframe({ defaultFormat: "parquet" }), output: dataframe() },
      (value) => value,
    ),
    series: api({ input: series(), output: series() }, (value) => value),
    named: api(
      { input: series({ orient: "split" }), output: series({ orient: "split" }) },
      (value) => value,
    ),
    picture: api({ input: image(), output: image({ mimeType: "image/png" }) }, (value) => value),
    pixels: api(
      { input: image({ mode: "RGBA" }), output: json<number[]>() },
      ({ width, height, data }: Picture) => [width, height, ...data],
    ),
    file: api({ input: file(), output: file() }, (value) => value),
    page: api({ input: file({ mimeType: "text/html" }), output: file() }, (value) => value),
    form: api({ input: multipart(form), output: multipart(form) }, (value) => value),
    dots: api({ input: dots, output: dots }, (count) => count + 1),
    spell: api({ input: text(), output: text() }, async function* (word) {
      yield* word;
    }),
    pieces: api({ input: json<string[]>(), output: text() }, async function* (texts) {
      yield* texts;
    }),
    counts: api({ input: json<number>(), output: json<{ n: number }>() }, async function* (most) {
      for (let n = 1; n <= most; n++) yield { n };
    }),
    rows: api({ input: text(), output: ndarray({ dtype: "int64" }) }, async function* () {
      yield tensor("int64", [2], BigInt64Array.of(1n, 2n ** 62n));
      yield tensor("int64", [1, 1], BigInt64Array.of(-3n));
    }),
    frames: api({ input: text(), output: file() }, async function* () {
      yield Uint8Array.of(0, 255, 10, 13);
      yield Uint8Array.of();
    }),
    either: api({ input: text(), output: text() }, (word) =>
      word.length > 1 ? items(...word) : word,
    ),
    refuse: api({ input: text(), output: text() }, (code) => {
      throw new ServiceError(code as never, `refused as ${code}`, { retryAfterSeconds: 7 });
    }),
    break: api({ input: text(), output: text() }, async function* (word) {
      yield word;
      throw new ServiceError("failed_precondition", `broken after ${word}`);
    }),
    hang: api({ input: text(), output: text() }, (_, { signal }) => {
      const { promise, reject } = Promise.withResolvers<string>();
      signal.addEventListener("abort", () => reject(signal.reason));
      return promise;
    }),
    headers: api({ input: text(), output: text() }, (name, { headers }) => headers.get(name) ?? ""),
  },
});
