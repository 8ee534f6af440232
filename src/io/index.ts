/**
 * The descriptors, for the public API.
 * @module
 */

export type { Cell, CellOf } from "./cell.ts";
export {
  type DataFrame,
  type DataFrameOptions,
  dataframe,
  fromRows,
  type Orient,
  type Row,
  rowsOf,
} from "./dataframe.ts";
export { type FileContent, type FileOptions, file } from "./file.ts";
export {
  type ImageMediaType,
  type ImageOptions,
  image,
  type OutputImageMediaType,
} from "./image.ts";
export type { InputOf, Io, IoHost, OutputOf, Payload } from "./io.ts";
export { type JsonOptions, json } from "./json.ts";
export { multipart } from "./multipart.ts";
export {
  type NamedDTypes,
  type NamedTensors,
  type NamedTensorsOptions,
  namedTensors,
} from "./named-tensors.ts";
export { type NdarrayOptions, ndarray } from "./ndarray.ts";
export { fromNested, type Nested, type NestedOptions, toNested } from "./nested.ts";
export type { Picture, PictureMode } from "./picture.ts";
export type { PictureCodec } from "./picture-codec.ts";
export { type Series, type SeriesOptions, type SeriesOrient, series } from "./series.ts";
export type { NonFinite } from "./tensor-writer.ts";
export { text } from "./text.ts";
