/**
 * IoSpec: the kind, the options and the checks of a descriptor, for protocols with their own types,
 * such as arrays and tables, where HTTP has bodies.
 * @module
 */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { DType, Tensor, TensorSpec } from "../tensor.ts";
import type { Io } from "./io.ts";
import type { ImageMediaType, OutputImageMediaType } from "./picture/codec/format.ts";
import type { PictureMode } from "./picture/picture.ts";
import type { DataFrame } from "./table/frame.ts";
import type { Orient } from "./table/frame-json.ts";
import type { Series } from "./table/series.ts";
import type { SeriesOrient } from "./table/series-json.ts";
import type { NamedDTypes } from "./tensor/named-tensors.ts";
import type { NonFinite } from "./tensor/writer.ts";

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
  /** Checks the values; undefined for any value. */
  readonly schema: StandardSchemaV1 | undefined;
  /** True if whole numbers beyond ±(2^53-1) are BigInts. */
  readonly bigIntegers: boolean;
}

/** A tensor that a body may have by its name. */
export interface NamedTensorSpec extends TensorSpec {
  /** True if a body without it is refused. Default false. */
  readonly required?: boolean;
}

/** `namedTensors()` */
export interface NamedTensorsSpec extends JsonValues {
  readonly kind: "namedTensors";
  /** The dtypes by name, if known before the service runs; else `"any"`. */
  readonly dtypes: NamedDTypes | "any";
  /** Returns the tensors, as far as they are known now; undefined for any. */
  tensors(): readonly NamedTensorSpec[] | undefined;
  /** The form of NaN and Infinity, if it is an option. */
  readonly nonFinite: NonFinite | undefined;
}

/** `ndarray()` */
export interface NdarraySpec extends Values<Tensor> {
  readonly kind: "ndarray";
  readonly dtype: DType | undefined;
  readonly shape: readonly number[] | undefined;
  readonly enforceDtype: boolean;
  readonly enforceShape: boolean;
  /** The form of NaN and Infinity, if it is an option. */
  readonly nonFinite: NonFinite | undefined;
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
export interface MultipartSpec<
  F extends Readonly<Record<string, Io<unknown, never>>> = Readonly<
    Record<string, Io<unknown, never>>
  >,
> {
  readonly kind: "multipart";
  readonly fields: F;
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
