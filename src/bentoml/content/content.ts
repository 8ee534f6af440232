/**
 * Content: values from and to the fields that BentoML's messages have for them, by the API's
 * descriptors.
 * @module
 */

import { invalidArgument, type ServiceError } from "../../error.ts";
import type { Descriptor } from "../../io/descriptor.ts";
import type { Io, IoHost, Payload } from "../../io/io.ts";
import { decodeDataframe, encodeDataframe } from "./dataframe.ts";
import { decodeFile, encodeFile } from "./file.ts";
import { decodeImage } from "./image.ts";
import { decodeJson, encodeJson } from "./json.ts";
import type { Content, ContentInit, PartInit } from "./message.ts";
import { decodeMultipart, encodeMultipart } from "./multipart.ts";
import { decodeNdarray, encodeNdarray } from "./ndarray.ts";
import { decodeBytes } from "./serialized-bytes.ts";
import { decodeSeries, encodeSeries } from "./series.ts";
import { encodeText } from "./text.ts";

/** The field each descriptor has; all of them take `serialized_bytes` too, or say why not. */
const FIELDS = {
  "bentoml.io.Text": "text",
  "bentoml.io.JSON": "json",
  "bentoml.io.NumpyNdarray": "ndarray",
  "bentoml.io.PandasDataFrame": "dataframe",
  "bentoml.io.PandasSeries": "series",
  "bentoml.io.File": "file",
  "bentoml.io.Image": "file",
  "bentoml.io.Multipart": "multipart",
} as const satisfies Record<Descriptor["id"], string>;

/**
 * The value of a request's content, at once where that can be. A descriptor of another making than
 * ours takes `serialized_bytes`, as the body it would have been.
 *
 * @throws ServiceError `invalid_argument` where no field is set or one that the descriptor does
 *   not take, in BentoML's words, and what the descriptor throws
 */
export function decodeContent(
  io: Io<unknown, never>,
  content: Content,
  host: IoHost,
): unknown | Promise<unknown> {
  if (content.case === undefined) throw invalidArgument('"field" cannot be empty.');
  if (content.case === "serializedBytes") return decodeBytes(io, content.value, host);
  const { descriptor } = io;
  switch (descriptor?.id) {
    case "bentoml.io.Text":
      if (content.case === "text") return content.value.value;
      break;
    case "bentoml.io.JSON":
      if (content.case === "json") return decodeJson(content.value, descriptor);
      break;
    case "bentoml.io.NumpyNdarray":
      if (content.case === "ndarray") return decodeNdarray(content.value, descriptor);
      break;
    case "bentoml.io.PandasDataFrame":
      if (content.case === "dataframe") return decodeDataframe(content.value, descriptor);
      break;
    case "bentoml.io.PandasSeries":
      if (content.case === "series") return decodeSeries(content.value, descriptor);
      break;
    case "bentoml.io.File":
      if (content.case === "file") return decodeFile(content.value, io, descriptor);
      break;
    case "bentoml.io.Image":
      if (content.case === "file") return decodeImage(content.value, io, host);
      break;
    case "bentoml.io.Multipart":
      if (content.case !== "multipart") break;
      return decodeMultipart(content.value, descriptor, (part, representation) =>
        decodeContent(part, representation, host),
      );
  }
  throw wrongField(io, content.case);
}

/**
 * The content of a response with a handler's value, at once where that can be.
 *
 * @throws TypeError for a value that the descriptor does not carry
 * @throws ServiceError `invalid_argument` or `failed_precondition`, as BentoML does, for a tensor,
 *   a column or a series of a type that the messages have no field for
 */
export function encodeContent(
  io: Io<unknown, never>,
  value: unknown,
  host: IoHost,
): ContentInit | Promise<ContentInit> {
  const { descriptor } = io;
  if (descriptor?.id !== "bentoml.io.Multipart") return encodePart(io, value, host);
  return encodeMultipart(value, descriptor, (part, field) => encodePart(part, field, host));
}

function encodePart(
  io: Io<unknown, never>,
  value: unknown,
  host: IoHost,
): PartInit | Promise<PartInit> {
  const { descriptor } = io;
  switch (descriptor?.id) {
    case "bentoml.io.NumpyNdarray":
      return { case: "ndarray", value: encodeNdarray(value, descriptor) };
    case "bentoml.io.PandasDataFrame":
      return { case: "dataframe", value: encodeDataframe(value, descriptor) };
    case "bentoml.io.PandasSeries":
      return { case: "series", value: encodeSeries(value, descriptor) };
  }
  const payload = io.encode(value as never, host);
  return payload instanceof Promise
    ? payload.then((made) => contentOf(made, descriptor))
    : contentOf(payload, descriptor);
}

function contentOf(payload: Payload, descriptor: Descriptor | undefined): PartInit {
  switch (descriptor?.id) {
    case "bentoml.io.Text":
      return { case: "text", value: encodeText(payload) };
    case "bentoml.io.JSON":
      return { case: "json", value: encodeJson(payload) };
    case "bentoml.io.File":
    case "bentoml.io.Image":
      return { case: "file", value: encodeFile(payload) };
    default:
      return { case: "serializedBytes", value: payload.bytes };
  }
}

function wrongField({ id, descriptor }: Io<unknown, never>, given: string): ServiceError {
  const own = descriptor === undefined ? "" : `${FIELDS[descriptor.id]},`;
  const name = id.slice(id.lastIndexOf(".") + 1);
  // BentoML's words, which its clients' users know.
  return invalidArgument(
    `'${name}' accepts one of the following fields: '${own}serialized_bytes' ` +
      `got '${given}' instead.`,
  );
}
