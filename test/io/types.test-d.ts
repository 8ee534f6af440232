/** Types only: compiled, never run. Each expected error is one that a user should see. */
import { z } from "zod";
import { type FileContent, file } from "../../src/io/file.ts";
import { decodeBody } from "../../src/io/form/form.ts";
import { multipart } from "../../src/io/form/multipart.ts";
import type { InputOf, Io, OutputOf, Payload } from "../../src/io/io.ts";
import { json } from "../../src/io/json/json.ts";
import { type ImageOptions, image } from "../../src/io/picture/image.ts";
import type { Picture } from "../../src/io/picture/picture.ts";
import type { Cell, CellOf } from "../../src/io/table/cell.ts";
import { type DataFrame, dataframe, type Row, type rowsOf } from "../../src/io/table/dataframe.ts";
import { type Series, series } from "../../src/io/table/series.ts";
import { ndarray } from "../../src/io/tensor/ndarray.ts";
import { fromNested } from "../../src/io/tensor/nested.ts";
import { text } from "../../src/io/text.ts";
import type { DType, Tensor } from "../../src/tensor.ts";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare const payload: Payload;
declare function is<_ extends true>(): void;

const words = text();
is<Equal<InputOf<typeof words>, string>>();
is<Equal<OutputOf<typeof words>, string>>();
// @ts-expect-error a number is no text
words.encode(1);

const anything = json();
is<Equal<InputOf<typeof anything>, unknown>>();
const digit = json<{ digit: number }>();
is<Equal<InputOf<typeof digit>, { digit: number }>>();
// @ts-expect-error a string is no digit
digit.encode({ digit: "1" });

const schema = json(z.object({ top: z.number().default(1), at: z.string().transform(Number) }));
is<Equal<InputOf<typeof schema>, { top: number; at: number }>>();
is<Equal<OutputOf<typeof schema>, { top?: number | undefined; at: string }>>();
// @ts-expect-error what a handler returns is the schema's input
schema.encode({ at: 1 });
// @ts-expect-error no Standard Schema
json({ type: "string" });

const array = ndarray();
is<Equal<InputOf<typeof array>, Tensor<DType>>>();
const pixels = ndarray({ dtype: "float32", shape: [-1, 4] });
is<Equal<InputOf<typeof pixels>, Tensor<"float32">>>();
is<Equal<OutputOf<typeof pixels>, Tensor<"float32">>>();
// @ts-expect-error another dtype
pixels.encode(fromNested([1], "int32"));
// @ts-expect-error no dtype
ndarray({ dtype: "float" });
// @ts-expect-error an unknown option
ndarray({ dtypes: "float32" });
is<Equal<ReturnType<typeof fromNested>, Tensor<DType>>>();

const upload = file();
is<Equal<InputOf<typeof upload>, FileContent>>();
is<Equal<OutputOf<typeof upload>, FileContent | Uint8Array>>();
upload.encode({ bytes: new Uint8Array(), type: undefined });
// @ts-expect-error bytes are no string
upload.encode({ bytes: "text" });

const form = multipart({ words, schema, upload });
is<
  Equal<
    InputOf<typeof form>,
    {
      readonly words: string;
      readonly schema: { top: number; at: number };
      readonly upload: FileContent;
    }
  >
>();
form.encode({ words: "", schema: { at: "1" }, upload: new Uint8Array() });
// @ts-expect-error a field is missing
form.encode({ words: "", schema: { at: "1" } });
// @ts-expect-error a field is of another type
form.encode({ words: 1, schema: { at: "1" }, upload: new Uint8Array() });
// @ts-expect-error no descriptor
multipart({ words: "text" });

const table = dataframe({ orient: "split", dtype: { age: "int32" } });
is<Equal<InputOf<typeof table>, DataFrame>>();
is<Equal<ReturnType<typeof rowsOf>, Row[]>>();
is<Equal<Row[string], Cell>>();
// @ts-expect-error no orient
dataframe({ orient: "table" });
// @ts-expect-error no dtype
dataframe({ dtype: { age: "number" } });

const cells = series();
is<Equal<InputOf<typeof cells>, Series>>();
is<Equal<CellOf<DType>, Cell>>();
const scores = series({ dtype: "float32", shape: [-1], orient: "split" });
is<Equal<InputOf<typeof scores>["data"], readonly (number | null)[]>>();
is<Equal<OutputOf<typeof scores>, Series<"float32">>>();
scores.encode({ data: [0.5, null] });
cells.encode({ name: "mixed", data: [1, "a", true] });
// @ts-expect-error cells of another dtype
scores.encode({ data: ["a"] });
// @ts-expect-error bare cells
scores.encode([0.5]);
// @ts-expect-error a table's orient
series({ orient: "columns" });
// @ts-expect-error a series has one axis
series({ shape: [2, 2] });

is<Equal<Awaited<ReturnType<typeof decodePixels>>, Tensor<"float32">>>();
function decodePixels(): Promise<Tensor<"float32">> {
  return decodeBody(pixels, payload);
}
const decodedForm: Promise<InputOf<typeof form>> = decodeBody(form, payload);
void decodedForm;
is<Equal<InputOf<string>, never>>();
const every: readonly Io<unknown, never>[] = [
  words,
  digit,
  schema,
  pixels,
  upload,
  form,
  table,
  scores,
];
void every;

// A picture, or with a layout the tensor of a model.
declare const imageOptions: ImageOptions;
declare const layout: string;
const chosen = { layout, maxPixels: 100 };
const ofPicture = image(imageOptions);
const ofTensor = image({ layout: "NHWC" });
const ofBytes = image({ layout: "NCHW", dtype: "uint8" });
is<Equal<InputOf<typeof ofPicture>, Picture>>();
is<Equal<InputOf<typeof ofTensor>, Tensor<"float32">>>();
is<Equal<InputOf<typeof ofBytes>, Tensor<"uint8">>>();
// @ts-expect-error: a layout that is only known at run time is not that of a picture
image(chosen);
// @ts-expect-error: only a tensor is normalized
image({ normalize: { mean: [0.5], std: [0.5] } });
