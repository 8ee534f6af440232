/**
 * The descriptors, for the public API.
 * @module
 */

export { type FileContent, type FileIo, type FileOptions, file } from "./file.ts";
export { type MultipartIo, multipart } from "./form/multipart.ts";
export type { InputOf, Io, IoHost, OutputOf, Payload } from "./io.ts";
export { type JsonIo, type JsonOptions, json } from "./json/json.ts";
export { cropPicture } from "./picture/crop.ts";
export type { Corners, Point } from "./picture/geometry.ts";
export {
  type ImageIo,
  type ImageMediaType,
  type ImageOptions,
  type ImageTensorOptions,
  image,
  type OutputImageMediaType,
  provideWasm,
  type WasmCodec,
} from "./picture/image.ts";
export {
  fromLetterbox,
  type Letterbox,
  type LetterboxOptions,
  letterbox,
} from "./picture/letterbox.ts";
export { drawOutlines, type OutlineOptions } from "./picture/outlines.ts";
export type { Picture, PictureMode } from "./picture/picture.ts";
export type { PictureCodec } from "./picture/picture-codec.ts";
export { orientPicture, resizePicture, toTensor } from "./picture/picture-functions.ts";
export type { Normalization, PictureDType, PictureLayout } from "./picture/picture-tensor.ts";
export type { Box } from "./picture/resample.ts";
export type { ResizeFilter, ResizeFit, ResizeOptions } from "./picture/resize.ts";
export { type StraightenOptions, straightenPicture } from "./picture/straighten.ts";
export type { PictureTensorOptions } from "./picture/tensor-options.ts";
export type { Cell, CellOf } from "./table/cell.ts";
export {
  type DataFrame,
  type DataFrameOptions,
  type DataframeIo,
  dataframe,
  fromRows,
  type Orient,
  type Row,
  rowsOf,
} from "./table/dataframe.ts";
export {
  type Series,
  type SeriesIo,
  type SeriesOptions,
  type SeriesOrient,
  series,
} from "./table/series.ts";
export {
  type NamedDTypes,
  type NamedTensors,
  type NamedTensorsIo,
  type NamedTensorsOptions,
  namedTensors,
} from "./tensor/named-tensors.ts";
export { type NdarrayIo, type NdarrayOptions, ndarray } from "./tensor/ndarray.ts";
export { fromNested, type Nested, type NestedOptions, toNested } from "./tensor/nested.ts";
export type { NonFinite } from "./tensor/writer.ts";
export { type TextIo, text } from "./text.ts";
