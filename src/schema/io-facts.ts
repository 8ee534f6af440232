/**
 * IoFacts: a descriptor as documents have it, in `x-ekiben-io`: what `factsOf()` writes, and what
 * the client, the page and `ekiben bench` read. Types alone, so that they import nothing by it.
 * @module
 */

import type { NamedTensorSpec } from "../io/spec.ts";
import type { Orient } from "../io/table/frame-json.ts";
import type { SeriesOrient } from "../io/table/series-json.ts";
import type { NonFinite } from "../io/tensor/writer.ts";
import type { DType } from "../tensor.ts";

/** The kind and the options of a descriptor. A document of a newer server may have more. */
export interface IoFacts {
  /** Its kind: `text`, `image`, …, or the name of one of another making. */
  readonly kind: string;
  /** Of `json()`: true if it has a schema. */
  readonly hasSchema?: boolean;
  /** Of `json()`: true if its whole numbers may be beyond those that a double holds. */
  readonly bigIntegers?: true;
  /** Of arrays and series, or, of data frames, by column. */
  readonly dtype?: DType | Readonly<Record<string, DType>>;
  readonly shape?: readonly number[];
  readonly enforceDtype?: boolean;
  readonly enforceShape?: boolean;
  readonly nonFinite?: NonFinite;
  readonly orient?: Orient | SeriesOrient;
  readonly columns?: readonly string[];
  readonly defaultFormat?: string;
  readonly maxCells?: number;
  readonly mode?: string;
  readonly mimeType?: string;
  readonly allowedMimeTypes?: readonly string[];
  /** Of `multipart()`. */
  readonly fields?: Readonly<Record<string, IoFacts>>;
  /** Of `namedTensors()`, if they are known. */
  readonly tensors?: readonly NamedTensorSpec[];
}
