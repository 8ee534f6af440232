/**
 * encodeWireContent(): the content of a response, for `writeResponse()`: JSON as bytes, and tensors
 * of floats as they are.
 * @module
 */

import type { Io, IoHost } from "../../io/io.ts";
import type { Tensor } from "../../tensor.ts";
import { encodeContent } from "../content/content.ts";
import type { ResponseContent } from "../content/message.ts";
import { writeJson } from "./json-writer.ts";

/** The longest axis, an int32. */
const MAX_LENGTH = 2 ** 31 - 1;

/** The content of a response that `writeResponse()` writes. */
export type WireContent =
  | ResponseContent
  | { readonly case: "json"; readonly value: Uint8Array }
  | { readonly case: "ndarray"; readonly value: Tensor<"float32" | "float64"> };

/**
 * Encodes a handler's value, at once where that is possible.
 *
 * @throws as `encodeContent()`
 */
export function encodeWireContent(
  io: Io<unknown, never>,
  value: unknown,
  host: IoHost,
): WireContent | Promise<WireContent> {
  const { spec } = io;
  switch (spec?.kind) {
    case "json":
    case "namedTensors": {
      const json = spec.toJson(value);
      return json instanceof Promise ? json.then(contentOf) : contentOf(json);
    }
    case "ndarray": {
      const tensor = spec.check(value);
      const isFloat = tensor.dtype === "float32" || tensor.dtype === "float64";
      const isSmall = tensor.shape.every((length) => length <= MAX_LENGTH);
      if (isFloat && isSmall)
        return { case: "ndarray", value: tensor as Tensor<"float32" | "float64"> };
      return encodeContent(io, value, host);
    }
    default:
      return encodeContent(io, value, host);
  }
}

function contentOf(json: unknown): WireContent {
  return { case: "json", value: writeJson(json) };
}
