/**
 * The descriptors, for the public API.
 * @module
 */

export { type FileContent, type FileOptions, file } from "./file.ts";
export { multipart } from "./form/multipart.ts";
export type { InputOf, Io, IoHost, OutputOf, Payload } from "./io.ts";
export { type JsonOptions, json } from "./json/json.ts";
export {
  type ImageMediaType,
  type ImageOptions,
  image,
  type OutputImageMediaType,
  provideWasm,
  type WasmCodec,
} from "./picture/image.ts";
export type { Picture, PictureMode } from "./picture/picture.ts";
export type { PictureCodec } from "./picture/picture-codec.ts";
export type { Cell, CellOf } from "./table/cell.ts";
export {
  type DataFrame,
  type DataFrameOptions,
  dataframe,
  fromRows,
  type Orient,
  type Row,
  rowsOf,
} from "./table/dataframe.ts";
export { type Series, type SeriesOptions, type SeriesOrient, series } from "./table/series.ts";
export {
  type NamedDTypes,
  type NamedTensors,
  type NamedTensorsOptions,
  namedTensors,
} from "./tensor/named-tensors.ts";
export { type NdarrayOptions, ndarray } from "./tensor/ndarray.ts";
export { fromNested, type Nested, type NestedOptions, toNested } from "./tensor/nested.ts";
export type { NonFinite } from "./tensor/writer.ts";
export { text } from "./text.ts";
