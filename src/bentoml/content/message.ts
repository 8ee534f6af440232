/**
 * The messages that carry content. BentoML's two versions have the same ones but for the kind of
 * a file, so those of v1 stand for both here.
 * @module
 */

import type { Value } from "@bufbuild/protobuf/wkt";
import type { NDArray, Series } from "../../gen/bentoml/grpc/v1/service_pb.ts";

/** A message without what tells its version. */
type Bare<M> = Omit<M, "$typeName" | "$unknown">;

export type NdarrayMessage = Bare<NDArray>;
export type SeriesMessage = Bare<Series>;

export interface DataframeMessage {
  readonly columnNames: readonly string[];
  readonly columns: readonly SeriesMessage[];
}

export interface FileMessage {
  /** The media type. */
  readonly kind?: string | undefined;
  readonly content: Uint8Array;
}

/** What one field of a form carries. */
export type PartContent =
  | { readonly case: "serializedBytes"; readonly value: Uint8Array }
  | { readonly case: "ndarray"; readonly value: NdarrayMessage }
  | { readonly case: "dataframe"; readonly value: DataframeMessage }
  | { readonly case: "series"; readonly value: SeriesMessage }
  | { readonly case: "file"; readonly value: FileMessage }
  | { readonly case: "text"; readonly value: { readonly value: string } }
  | { readonly case: "json"; readonly value: Value }
  | { readonly case: undefined; readonly value?: undefined };

export interface MultipartMessage {
  readonly fields: Readonly<Record<string, { readonly representation: PartContent }>>;
}

/** What a request carries. */
export type Content =
  | PartContent
  | { readonly case: "multipart"; readonly value: MultipartMessage };

/** What one field of a form is answered with. */
export type PartInit =
  | { case: "serializedBytes"; value: Uint8Array }
  | { case: "ndarray"; value: Partial<NdarrayMessage> }
  | { case: "dataframe"; value: { columnNames: string[]; columns: Partial<SeriesMessage>[] } }
  | { case: "series"; value: Partial<SeriesMessage> }
  | { case: "file"; value: { kind: string; content: Uint8Array } }
  | { case: "text"; value: { value: string } }
  | { case: "json"; value: Value };

/** What a response is made of. */
export type ContentInit =
  | PartInit
  | { case: "multipart"; value: { fields: Record<string, { representation: PartInit }> } };
