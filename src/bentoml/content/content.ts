/**
 * Values from and to the oneof `content` of BentoML's messages, by the API's descriptors.
 * @module
 */

import { invalidArgument, type ServiceError } from "../../error.ts";
import type { Io, IoHost, Payload } from "../../io/io.ts";
import type { IoSpec } from "../../io/spec.ts";
import { idOf } from "../descriptors.ts";
import { decodeDataframe, encodeDataframe } from "./dataframe.ts";
import { decodeFile, encodeFile } from "./file.ts";
import { decodeImage } from "./image.ts";
import { decodeJson, encodeJson } from "./json.ts";
import type { RequestContent, ResponseContent, ResponsePart } from "./message.ts";
import { decodeMultipart, encodeMultipart } from "./multipart.ts";
import { decodeNdarray, encodeNdarray } from "./ndarray.ts";
import { decodeBytes } from "./serialized-bytes.ts";
import { decodeSeries, encodeSeries } from "./series.ts";
import { encodeText } from "./text.ts";

/** The field of each descriptor; each takes `serialized_bytes` too, or refuses it with a reason. */
const FIELDS = {
  text: "text",
  json: "json",
  namedTensors: "json",
  ndarray: "ndarray",
  dataframe: "dataframe",
  series: "series",
  file: "file",
  image: "file",
  multipart: "multipart",
} as const satisfies Record<IoSpec["kind"], string>;

/**
 * Decodes the content of a request, at once where that is possible. A descriptor of the user's own
 * takes `serialized_bytes`, as the body over HTTP.
 *
 * @throws ServiceError `invalid_argument` where no field is set or one that the descriptor does
 *   not take, in BentoML's words, and the errors of the descriptor
 */
export function decodeContent(
  io: Io<unknown, never>,
  content: RequestContent,
  host: IoHost,
): unknown | Promise<unknown> {
  if (content.case === undefined) throw invalidArgument('"field" cannot be empty.');
  if (content.case === "serializedBytes") return decodeBytes(io, content.value, host);
  const { spec } = io;
  switch (spec?.kind) {
    case "text":
      if (content.case === "text") return content.value.value;
      break;
    case "json":
    case "namedTensors":
      if (content.case === "json") return decodeJson(content.value, spec);
      break;
    case "ndarray":
      if (content.case === "ndarray") return decodeNdarray(content.value, spec);
      break;
    case "dataframe":
      if (content.case === "dataframe") return decodeDataframe(content.value, spec);
      break;
    case "series":
      if (content.case === "series") return decodeSeries(content.value, spec);
      break;
    case "file":
      if (content.case === "file") return decodeFile(content.value, io, spec);
      break;
    case "image":
      if (content.case === "file") return decodeImage(content.value, io, host);
      break;
    case "multipart":
      if (content.case !== "multipart") break;
      return decodeMultipart(content.value, spec, (field, part) =>
        decodeContent(field, part, host),
      );
  }
  throw wrongField(io, content.case);
}

/**
 * Encodes a handler's value as the content of a response, at once where that is possible.
 *
 * @throws TypeError for a value that the descriptor cannot encode
 * @throws ServiceError `invalid_argument` or `failed_precondition`, as BentoML does, for a tensor,
 *   a column or a series of a type that the messages have no field for
 */
export function encodeContent(
  io: Io<unknown, never>,
  value: unknown,
  host: IoHost,
): ResponseContent | Promise<ResponseContent> {
  const { spec } = io;
  if (spec?.kind !== "multipart") return encodePart(io, value, host);
  return encodeMultipart(value, spec, (field, part) => encodePart(field, part, host));
}

function encodePart(
  io: Io<unknown, never>,
  value: unknown,
  host: IoHost,
): ResponsePart | Promise<ResponsePart> {
  const { spec } = io;
  switch (spec?.kind) {
    case "text":
      return { case: "text", value: encodeText(value, spec) };
    case "json":
    case "namedTensors":
      return whenMade(spec.toJson(value), (json) => ({ case: "json", value: encodeJson(json) }));
    case "ndarray":
      return { case: "ndarray", value: encodeNdarray(value, spec) };
    case "dataframe":
      return { case: "dataframe", value: encodeDataframe(value, spec) };
    case "series":
      return { case: "series", value: encodeSeries(value, spec) };
    case "file":
    case "image":
      return whenMade(io.encode(value as never, host), (file) => ({
        case: "file",
        value: encodeFile(file),
      }));
    default:
      return whenMade(io.encode(value as never, host), ({ bytes }: Payload) => ({
        case: "serializedBytes",
        value: bytes,
      }));
  }
}

function whenMade<T>(
  value: T | Promise<T>,
  next: (value: T) => ResponsePart,
): ResponsePart | Promise<ResponsePart> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function wrongField(io: Io<unknown, never>, given: string): ServiceError {
  const own = io.spec === undefined ? "" : `${FIELDS[io.spec.kind]},`;
  const id = idOf(io);
  const name = id.slice(id.lastIndexOf(".") + 1);
  // BentoML's own message, which users of its clients know.
  return invalidArgument(
    `'${name}' accepts one of the following fields: '${own}serialized_bytes' ` +
      `got '${given}' instead.`,
  );
}
