/**
 * Descriptor: an Io as BentoML describes it, and what a protocol with types of its own needs of
 * it. Such a protocol carries arrays and tables, where HTTP carries bodies.
 * @module
 */

import type { DType, Tensor } from "../tensor.ts";
import type { Io } from "./io.ts";
import type { DataFrame } from "./table/frame.ts";
import type { Orient } from "./table/frame-json.ts";
import type { Series } from "./table/series.ts";
import type { SeriesOrient } from "./table/series-json.ts";
import type { NumpyName } from "./tensor/array-options.ts";

/** One of BentoML's descriptors: its class, and the arguments of its constructor by its names. */
interface Described<Id extends string, Args> {
  readonly id: Id;
  readonly args: Args;
}

/** `text()` */
export type TextDescriptor = Described<"bentoml.io.Text", undefined>;

/** `json()` and `namedTensors()` */
export interface JsonDescriptor
  extends Described<
    "bentoml.io.JSON",
    { readonly has_pydantic_model: boolean; readonly has_json_encoder: boolean }
  > {
  /** The value a handler is given for a JSON value: `decode` behind the parser. */
  accept(value: unknown): unknown | Promise<unknown>;
  /** Of `namedTensors()`: the dtypes that are known before the service runs; else `"any"`. */
  readonly tensors?: Readonly<Record<string, DType | undefined>> | "any";
}

/** `ndarray()` */
export interface NdarrayDescriptor
  extends Described<
    "bentoml.io.NumpyNdarray",
    {
      readonly dtype: NumpyName | null;
      readonly shape: readonly number[] | null;
      readonly enforce_dtype: boolean;
      readonly enforce_shape: boolean;
    }
  > {
  /**
   * The tensor a handler is given for one of any dtype and shape.
   *
   * @throws ServiceError `invalid_argument` for what does not fit the options
   */
  accept(tensor: Tensor): Tensor;
  /** @throws TypeError for a handler's value that `encode` would not take either */
  check(value: unknown): Tensor;
}

/** `dataframe()` */
export interface DataframeDescriptor
  extends Described<
    "bentoml.io.PandasDataFrame",
    {
      readonly orient: Orient;
      readonly columns: readonly string[] | null;
      readonly dtype: Readonly<Record<string, DType>> | null;
      readonly shape: null;
      readonly enforce_dtype: boolean;
      readonly enforce_shape: boolean;
      readonly default_format: "json" | "csv" | "parquet";
    }
  > {
  /** Rows times columns, at most. */
  readonly maxCells: number;
  /**
   * The data frame a handler is given for one of any columns.
   *
   * @throws ServiceError `invalid_argument` for what does not fit the options
   */
  accept(frame: DataFrame): DataFrame;
  /** @throws TypeError for a handler's value that `encode` would not take either */
  check(value: unknown): DataFrame;
}

/** `series()` */
export interface SeriesDescriptor
  extends Described<
    "bentoml.io.PandasSeries",
    {
      readonly orient: SeriesOrient;
      readonly dtype: NumpyName | null;
      readonly shape: readonly number[] | null;
      readonly enforce_dtype: boolean;
      readonly enforce_shape: boolean;
    }
  > {
  readonly dtype: DType | undefined;
  /**
   * The series a handler is given for one of any cells.
   *
   * @throws ServiceError `invalid_argument` for what does not fit the options
   */
  accept(series: Series): Series;
  /** @throws TypeError for a handler's value that `encode` would not take either */
  check(value: unknown): Series;
}

/** `file()` */
export type FileDescriptor = Described<
  "bentoml.io.File",
  { readonly kind: "binaryio"; readonly mime_type: string | null }
>;

/** `image()` */
export type ImageDescriptor = Described<
  "bentoml.io.Image",
  {
    readonly pilmode: string;
    readonly mime_type: string;
    readonly allowed_mime_types: readonly string[];
  }
>;

/** `multipart()` */
export interface MultipartDescriptor
  extends Described<"bentoml.io.Multipart", Readonly<Record<string, Spec>>> {
  readonly fields: Readonly<Record<string, Io<unknown, never>>>;
}

/** What an Io is, of those that BentoML has. */
export type Descriptor =
  | TextDescriptor
  | JsonDescriptor
  | NdarrayDescriptor
  | DataframeDescriptor
  | SeriesDescriptor
  | FileDescriptor
  | ImageDescriptor
  | MultipartDescriptor;

/** A descriptor as plain JSON, in the form of BentoML's `to_spec()`: clients make theirs of it. */
export interface Spec {
  readonly id: string;
  readonly args?: object;
}

/** Whether BentoML has a descriptor like it, so that its clients can make theirs of the spec. */
export function isBentoml({ descriptor }: Io<unknown, never>): boolean {
  if (descriptor?.id !== "bentoml.io.Multipart") return descriptor !== undefined;
  return Object.values(descriptor.fields).every(isBentoml);
}

/** The spec of an Io; its id alone where BentoML has none like it. */
export function specOf({ id, descriptor }: Io<unknown, never>): Spec {
  const args = descriptor?.args;
  return args === undefined ? { id } : { id, args };
}
