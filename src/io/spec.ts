/**
 * IoSpec: the kind, the options and the checks of a descriptor, for protocols with their own types,
 * such as arrays and tables, where HTTP has bodies.
 * @module
 */

import type { DType, Tensor } from "../tensor.ts";
import type { Io } from "./io.ts";
import type { ImageMediaType, OutputImageMediaType } from "./picture/codec/format.ts";
import type { PictureMode } from "./picture/picture.ts";
import type { DataFrame } from "./table/frame.ts";
import type { Orient } from "./table/frame-json.ts";
import type { Series } from "./table/series.ts";
import type { SeriesOrient } from "./table/series-json.ts";
import type { NamedDTypes } from "./tensor/named-tensors.ts";

/** The conversions of values that are not carried as bodies. */
interface Values<T> {
  /**
   * Converts a caller's value for the handler: the part of `decode` after the parser.
   *
   * @throws ServiceError `invalid_argument` for a value that does not fit the options
   */
  convert(value: T): T;
  /**
   * Checks a handler's value as `encode` does.
   *
   * @throws TypeError for one that the descriptor cannot encode
   */
  check(value: unknown): T;
}

/** `text()` */
export interface TextSpec {
  readonly kind: "text";
  /** @throws TypeError for anything but a string */
  check(value: unknown): string;
}

/** The conversions of values that a protocol carries as JSON. */
interface JsonValues {
  /**
   * Converts a caller's JSON value for the handler.
   *
   * @throws ServiceError `invalid_argument` for a value that does not fit
   */
  convert(value: unknown): unknown | Promise<unknown>;
  /**
   * Converts a handler's value to one for JSON, whose integers may be BigInts.
   *
   * @throws TypeError for one that the descriptor cannot encode
   */
  toJson(value: unknown): unknown | Promise<unknown>;
}

/** `json()` */
export interface JsonSpec extends JsonValues {
  readonly kind: "json";
  readonly hasSchema: boolean;
}

/** `namedTensors()` */
export interface NamedTensorsSpec extends JsonValues {
  readonly kind: "namedTensors";
  /** The dtypes by name, if known before the service runs; else `"any"`. */
  readonly dtypes: NamedDTypes | "any";
}

/** `ndarray()` */
export interface NdarraySpec extends Values<Tensor> {
  readonly kind: "ndarray";
  readonly dtype: DType | undefined;
  readonly shape: readonly number[] | undefined;
  readonly enforceDtype: boolean;
  readonly enforceShape: boolean;
}

/** `dataframe()` */
export interface DataframeSpec extends Values<DataFrame> {
  readonly kind: "dataframe";
  readonly orient: Orient;
  readonly columns: readonly string[] | undefined;
  /** The dtypes of columns by name. */
  readonly dtype: Readonly<Record<string, DType>> | undefined;
  readonly enforceDtype: boolean;
  readonly defaultFormat: "json" | "csv" | "parquet";
  /** The most rows times columns. */
  readonly maxCells: number;
}

/** `series()` */
export interface SeriesSpec extends Values<Series> {
  readonly kind: "series";
  readonly orient: SeriesOrient;
  readonly dtype: DType | undefined;
  readonly shape: readonly [length: number] | undefined;
  readonly enforceDtype: boolean;
  readonly enforceShape: boolean;
}

/** `file()` */
export interface FileSpec {
  readonly kind: "file";
  readonly mimeType: string | undefined;
}

/** `image()` */
export interface ImageSpec {
  readonly kind: "image";
  readonly mode: PictureMode;
  readonly mimeType: OutputImageMediaType;
  readonly allowedMimeTypes: readonly ImageMediaType[];
}

/** `multipart()` */
export interface MultipartSpec {
  readonly kind: "multipart";
  readonly fields: Readonly<Record<string, Io<unknown, never>>>;
}

/** The descriptors of this library, by their `kind`. */
export type IoSpec =
  | TextSpec
  | JsonSpec
  | NamedTensorsSpec
  | NdarraySpec
  | DataframeSpec
  | SeriesSpec
  | FileSpec
  | ImageSpec
  | MultipartSpec;
