/**
 * Io: the interface of descriptors. A descriptor turns the body of a request into a value, and a
 * value into the body of a response, in the same way for every protocol.
 * @module
 */

import type { PictureCodec } from "./picture/picture-codec.ts";
import type { IoSpec } from "./spec.ts";
import type { NonFinite } from "./tensor/writer.ts";

/** The services of a server that descriptors use; each of them is optional. */
export interface IoHost {
  /** Reads and writes pictures without blocking the calling thread. */
  readonly pictures?: PictureCodec | undefined;
  /** Aborted when the result is no longer needed. */
  readonly signal?: AbortSignal | undefined;
  /** The form of NaN and Infinity for descriptors without that option. Default `"null"`. */
  readonly nonFinite?: NonFinite | undefined;
  /** True if the text in a form is in JSON, in quotes, as BentoML's clients from 1.2 on send it. */
  readonly hasJsonText?: boolean | undefined;
  /** True if nobody else has the bytes of the body, so that a value may be made in their place. */
  readonly ownsBody?: boolean | undefined;
}

/** A whole body, or a whole part of a multipart body. */
export interface Payload {
  /** The bytes; may be a view on a larger buffer. */
  readonly bytes: Uint8Array;
  /** The media type with its parameters; `undefined` if none was sent. */
  readonly type: string | undefined;
  /** The file name, if the sender gave one. */
  readonly filename?: string | undefined;
  /** The headers that were received with the body, or are sent with it. */
  readonly headers?: Headers | undefined;
}

/**
 * A descriptor: turns bodies into values and back.
 *
 * @typeParam In the type that a handler is given: the result of `decode`
 * @typeParam Out the type that a handler returns: the argument of `encode`
 */
export interface Io<In = unknown, Out = In> {
  /** Its kind, for example `image`; a descriptor of your own has a name of your choice. */
  readonly kind: string;
  /** The media type that `encode` produces, for documents about the service. */
  readonly mediaType: string;
  /**
   * Its options, for protocols with their own types, which then do without `decode` and `encode`.
   * A descriptor without it is carried as the bytes of its body; so must be one that is copied from
   * another and has a `decode` or `encode` of its own.
   */
  readonly spec?: IoSpec;
  /**
   * Returns true for a part of a form that this descriptor can decode. A descriptor with this
   * method decodes the first such part of a `multipart/form-data` body, whatever its field name.
   */
  takesPart?(part: Payload): boolean;
  /**
   * Decodes a body.
   *
   * @throws ServiceError `unsupported_media_type` or `invalid_argument`, with what was given and
   *   what was wanted; `payload_too_large` for content that would take too much memory unpacked
   */
  decode(payload: Payload, host?: IoHost): In | Promise<In>;
  /**
   * Encodes a handler's value.
   *
   * @param accept the caller's header Accept, for a descriptor that has several media types
   * @throws TypeError for a value that the descriptor cannot encode: an error of the handler, not
   *   of the caller
   */
  encode(value: Out, host?: IoHost, accept?: string): Payload | Promise<Payload>;
}

/** The type that a handler is given for this input descriptor. */
export type InputOf<D> = D extends Io<infer In, never> ? In : never;

/** The type that a handler returns for this output descriptor. */
export type OutputOf<D> = D extends { encode(value: infer Out): unknown } ? Out : never;

/** Returns the media type of a `Content-Type` value in lower case, without its parameters. */
export function essence(type: string | undefined): string | undefined {
  const bare = type?.split(";", 1)[0]?.trim().toLowerCase();
  return bare === "" ? undefined : bare;
}

// One of each for all texts: making them takes longer than to decode or to encode a short one.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const encoder = new TextEncoder();

/** Decodes UTF-8; returns `undefined` for bytes that are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const TEXT = Symbol("text");

/** A payload that is a text. */
interface TextPayload extends Payload {
  /** The text, and the payload whose it is: a copy of that may have other bytes. */
  [TEXT]?: { readonly text: string; readonly payload: Payload };
}

/** Makes a payload of a text, which is encoded when its bytes are asked for. */
export function textPayload(text: string, type: string): Payload {
  let bytes: Uint8Array | undefined;
  const payload: TextPayload = {
    type,
    get bytes() {
      bytes ??= encoder.encode(text);
      return bytes;
    },
  };
  payload[TEXT] = { text, payload };
  return payload;
}

/**
 * Returns the text whose UTF-8 a payload is, which servers encode faster; undefined if it is not
 * known. A copy of a payload is never mistaken for it.
 */
export function textOf(payload: Payload): string | undefined {
  const known = (payload as TextPayload)[TEXT];
  return known?.payload === payload ? known.text : undefined;
}
