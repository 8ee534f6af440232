/**
 * Io: what crosses the wire. A descriptor turns the bytes of one request or response body into a
 * value and back; it knows nothing of sockets, so every protocol uses the same one.
 * @module
 */

import type { Descriptor } from "./descriptor.ts";
import type { PictureCodec } from "./picture/picture-codec.ts";

/** What a server lends to its descriptors; each does without where there is none. */
export interface IoHost {
  /** Reads and writes pictures without holding up the thread that asks. */
  readonly pictures?: PictureCodec;
  /** Aborted when nobody waits for the result any more. */
  readonly signal?: AbortSignal;
  /** Whether to answer as BentoML does where it differs. */
  readonly compatibility?: boolean;
}

/** A body, or one part of a multipart body, read whole. */
export interface Payload {
  /** The bytes; may be a view on a larger buffer. */
  readonly bytes: Uint8Array;
  /** The media type as it was sent, parameters included; `undefined` where none was sent. */
  readonly type: string | undefined;
  /** The file name, where the sender gave one. */
  readonly filename?: string | undefined;
  /** The headers that came with the body, or that are to be sent with it. */
  readonly headers?: Headers | undefined;
}

/**
 * A descriptor for one kind of content.
 *
 * @typeParam In what `decode` makes: the type a handler is given
 * @typeParam Out what `encode` takes: the type a handler returns
 */
export interface Io<In = unknown, Out = In> {
  /** BentoML's name of the descriptor, for example `bentoml.io.Image`. */
  readonly id: string;
  /** The media type that `encode` produces, for documents about the service. */
  readonly mediaType: string;
  /** What it is to protocols with types of their own. To them, one without it carries bytes. */
  readonly descriptor?: Descriptor;
  /**
   * Returns true for a part of a form that this descriptor can decode. With this method, a
   * `multipart/form-data` body stands for its first such part, whatever its field name.
   */
  takesPart?(part: Payload): boolean;
  /**
   * Makes the value of a body.
   *
   * @throws ServiceError `unsupported_media_type` or `invalid_argument`, with what was given and
   *   what was wanted; `payload_too_large` for content that would unpack to too much
   */
  decode(payload: Payload, host?: IoHost): In | Promise<In>;
  /**
   * Makes the body of a value.
   *
   * @param accept the caller's header Accept, for a descriptor that has several media types
   * @throws TypeError for a value that is not what the descriptor carries: the fault of the
   *   handler, not of the caller
   */
  encode(value: Out, host?: IoHost, accept?: string): Payload | Promise<Payload>;
}

/** The type a handler with this input descriptor is given. */
export type InputOf<D> = D extends Io<infer In, never> ? In : never;

/** The type a handler with this output descriptor returns. */
export type OutputOf<D> = D extends { encode(value: infer Out): unknown } ? Out : never;

/** The media type of a `Content-Type` value, lower-cased, without its parameters. */
export function essence(type: string | undefined): string | undefined {
  const bare = type?.split(";", 1)[0]?.trim().toLowerCase();
  return bare === "" ? undefined : bare;
}

/** The bytes of a payload as UTF-8 text; `undefined` where they are not. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}
