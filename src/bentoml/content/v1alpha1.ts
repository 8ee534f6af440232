/**
 * The content of `bentoml.grpc.v1alpha1` (BentoML 1.0.6 to 1.0.10), which differs from that of v1
 * in the kind of a file: a number there.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import {
  File_FileType as FileType,
  type Request,
} from "../../gen/bentoml/grpc/v1alpha1/service_pb.ts";
import { essence } from "../../io/io.ts";
import type { RequestContent, RequestPart, ResponseContent, ResponsePart } from "./message.ts";

/** The media types by their numbers. */
const TYPES: ReadonlyMap<FileType, string> = new Map([
  [FileType.CSV, "text/csv"],
  [FileType.PLAINTEXT, "text/plain"],
  [FileType.JSON, "application/json"],
  [FileType.BYTES, "application/octet-stream"],
  [FileType.PDF, "application/pdf"],
  [FileType.PNG, "image/png"],
  [FileType.JPEG, "image/jpeg"],
  [FileType.GIF, "image/gif"],
  [FileType.BMP, "image/bmp"],
  [FileType.TIFF, "image/tiff"],
  [FileType.WEBP, "image/webp"],
  [FileType.SVG, "image/svg+xml"],
]);

const NUMBERS: ReadonlyMap<string | undefined, FileType> = new Map(
  TYPES.entries().map(([number, type]) => [type, number]),
);

/**
 * Converts the content of a request to that of v1.
 *
 * @throws ServiceError `invalid_argument` for a number that is no kind of a file
 */
export function fromAlpha(content: Request["content"]): RequestContent {
  if (content.case !== "multipart") return fromAlphaPart(content);
  const parts = Object.entries(content.value.fields).map(([name, { representation }]) => {
    return [name, { representation: fromAlphaPart(representation) }] as const;
  });
  return { case: "multipart", value: { fields: Object.fromEntries(parts) } };
}

function fromAlphaPart(part: Exclude<Request["content"], { case: "multipart" }>): RequestPart {
  if (part.case !== "file") return part;
  const { kind = FileType.UNSPECIFIED, content } = part.value;
  const type = kind === FileType.UNSPECIFIED ? "" : TYPES.get(kind);
  if (type !== undefined) return { case: "file", value: { kind: type, content } };
  throw invalidArgument(`${kind} is not a valid File kind: it must be from 0 to ${TYPES.size}`);
}

/** A response's content in v1alpha1. */
export type AlphaContent =
  | AlphaPart
  | { case: "multipart"; value: { fields: Record<string, { representation: AlphaPart }> } };
type AlphaPart =
  | Exclude<ResponsePart, { case: "file" }>
  | { case: "file"; value: { kind: FileType; content: Uint8Array } };

/** Converts the content of a response from that of v1. */
export function toAlpha(content: ResponseContent): AlphaContent {
  if (content.case !== "multipart") return toAlphaPart(content);
  const parts = Object.entries(content.value.fields).map(([name, { representation }]) => {
    return [name, { representation: toAlphaPart(representation) }] as const;
  });
  return { case: content.case, value: { fields: Object.fromEntries(parts) } };
}

function toAlphaPart(part: ResponsePart): AlphaPart {
  if (part.case !== "file") return part;
  const { kind, content } = part.value;
  // A media type without a number is sent as bytes.
  const number = NUMBERS.get(essence(kind)) ?? FileType.BYTES;
  return { case: part.case, value: { kind: number, content } };
}
