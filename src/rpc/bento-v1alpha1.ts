/**
 * `bentoml.grpc.v1alpha1.BentoService`: what BentoML 1.0.6 to 1.0.10 had. It differs in the kind
 * of a file, which is a number there.
 * @module
 */

import type { ServiceImpl } from "@connectrpc/connect";
import type {
  RequestContent,
  RequestPart,
  ResponseContent,
  ResponsePart,
} from "../bentoml/content/message.ts";
import { invalidArgument } from "../error.ts";
import {
  type BentoService,
  File_FileType as FileType,
  type Request,
} from "../gen/bentoml/grpc/v1alpha1/service_pb.ts";
import { essence } from "../io/io.ts";
import { callApi } from "./call-api.ts";
import type { RpcServer } from "./rpc-server.ts";

/** The implementation. */
export function bentoV1alpha1(server: RpcServer): ServiceImpl<typeof BentoService> {
  return {
    async call({ apiName, content }, handler) {
      const answer = await callApi(server, { apiName, content: () => fromAlpha(content) }, handler);
      return { content: toAlpha(answer) };
    },
  };
}

/** The media types that have a number. */
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

/** Content as v1 has it. */
function fromAlpha(content: Request["content"]): RequestContent {
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

/** Content of a response, from what v1 has. */
function toAlpha(content: ResponseContent) {
  if (content.case !== "multipart") return toAlphaPart(content);
  const parts = Object.entries(content.value.fields).map(([name, { representation }]) => {
    return [name, { representation: toAlphaPart(representation) }] as const;
  });
  return { case: content.case, value: { fields: Object.fromEntries(parts) } };
}

function toAlphaPart(part: ResponsePart) {
  if (part.case !== "file") return part;
  const { kind, content } = part.value;
  // A media type without a number is some bytes.
  const number = NUMBERS.get(essence(kind)) ?? FileType.BYTES;
  return { case: part.case, value: { kind: number, content } };
}
