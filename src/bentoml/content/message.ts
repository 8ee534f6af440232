/**
 * The messages of the oneof `content`. BentoML's versions v1 and v1alpha1 differ only in the kind
 * of a file, so the types of v1 serve both.
 * @module
 */

import type { Value } from "@bufbuild/protobuf/wkt";
import type { NDArray, Series } from "../../gen/bentoml/grpc/v1/service_pb.ts";
import type { JsonContent } from "../wire/json-content.ts";

/** A message of either version. */
type Bare<M> = Omit<M, "$typeName" | "$unknown">;

export type NdarrayMessage = Bare<NDArray>;

/** An array in a request. Its floats may have been read as typed arrays. */
export interface RequestNdarray extends Omit<NdarrayMessage, "floatValues" | "doubleValues"> {
  readonly floatValues: number[] | Float32Array;
  readonly doubleValues: number[] | Float64Array;
}

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

/** The content of one field of a form in a request. */
export type RequestPart =
  | { readonly case: "serializedBytes"; readonly value: Uint8Array }
  | { readonly case: "ndarray"; readonly value: RequestNdarray }
  | { readonly case: "dataframe"; readonly value: DataframeMessage }
  | { readonly case: "series"; readonly value: SeriesMessage }
  | { readonly case: "file"; readonly value: FileMessage }
  | { readonly case: "text"; readonly value: { readonly value: string } }
  | { readonly case: "json"; readonly value: Value | JsonContent }
  | { readonly case: undefined; readonly value?: undefined };

export interface MultipartMessage {
  readonly fields: Readonly<Record<string, { readonly representation: RequestPart }>>;
}

/** The content of a request. */
export type RequestContent =
  | RequestPart
  | { readonly case: "multipart"; readonly value: MultipartMessage };

/** The content of one field of a form in a response. */
export type ResponsePart =
  | { case: "serializedBytes"; value: Uint8Array }
  | { case: "ndarray"; value: Partial<NdarrayMessage> }
  | { case: "dataframe"; value: { columnNames: string[]; columns: Partial<SeriesMessage>[] } }
  | { case: "series"; value: Partial<SeriesMessage> }
  | { case: "file"; value: { kind: string; content: Uint8Array } }
  | { case: "text"; value: { value: string } }
  | { case: "json"; value: Value };

/** The content of a response. */
export type ResponseContent =
  | ResponsePart
  | { case: "multipart"; value: { fields: Record<string, { representation: ResponsePart }> } };
