/**
 * InferEndpoint: the route of the inferences of a model.
 * @module
 */

import { compress } from "#compression";
import type { IoHost, Payload } from "../../io/io.ts";
import { type InferHost, infer } from "../../oip/infer.ts";
import type { InferRequest } from "../../oip/messages.ts";
import { readInferRequest } from "../../oip/read-request.ts";
import { type ResponseBody, writeInferResponse } from "../../oip/write-response.ts";
import { release } from "../../release.ts";
import { type Context, inContext } from "../../service/context.ts";
import { acceptedCodings } from "../accept-encoding.ts";
import type { Endpoint } from "../endpoint.ts";
import type { ReceivedRequest } from "../received-request.ts";
import { oipErrorParts } from "./error-parts.ts";

/** The header that says how many bytes of a body are JSON, where tensors follow it. */
const HEADER_LENGTH = "inference-header-content-length";

/** Answers shorter than this are not compressed: it would cost more than it saves. */
const COMPRESS_MIN_BYTES = 1024;

/** The body of a request. */
interface InferBody {
  readonly bytes: Uint8Array;
  /** The header with the length of its JSON; null if it is JSON alone. */
  readonly headerLength: string | null;
  readonly host: IoHost;
}

/** The route of one model. */
export class InferEndpoint implements Endpoint<InferBody, ResponseBody> {
  readonly protocol = "oip";
  readonly method = "POST";
  readonly cacheOf = "model";
  readonly leavesBody = true;
  readonly path: string;
  readonly name: string;
  readonly errorParts: Endpoint["errorParts"] = oipErrorParts;
  readonly #host: InferHost;
  readonly #model: string;
  readonly #version: string | undefined;

  /**
   * @param path its path in the metrics
   * @param version undefined for the one that the settings of the model say
   */
  constructor(path: string, host: InferHost, model: string, version: string | undefined) {
    this.path = path;
    this.name = path;
    this.#host = host;
    this.#model = model;
    this.#version = version;
  }

  alignedAt(request: ReceivedRequest): number {
    const length = Number(request.header(HEADER_LENGTH));
    return Number.isSafeInteger(length) && length > 0 ? length : 0;
  }

  decode(bytes: Uint8Array, request: ReceivedRequest, host: IoHost): InferBody {
    return { bytes, headerLength: request.header(HEADER_LENGTH), host };
  }

  handle(body: InferBody, context: Context): Promise<ResponseBody> {
    return inContext(this.#infer(body, context), context);
  }

  async #infer({ bytes, headerLength, host }: InferBody, context: Context): Promise<ResponseBody> {
    const { models, clock } = this.#host;
    using use = await models.use(this.#model, this.#version, context);
    const request = await readInferRequest(bytes, headerLength, use.model, host);
    const response = await infer(use.model, request, context, clock);
    const written = await writeInferResponse(response, host);
    releaseInputs(request, bytes);
    return written;
  }

  encode(
    written: ResponseBody,
    _isItem: boolean,
    request: ReceivedRequest,
  ): Payload | Promise<Payload> {
    const { body, headerLength } = written;
    if (body.length < COMPRESS_MIN_BYTES) return payloadOf(body, headerLength);
    const { best, isOnly } = acceptedCodings(request.header("accept-encoding"));
    // Tensors hardly become smaller. Most HTTP clients accept codings without having been asked.
    const asks = headerLength === undefined || isOnly;
    const headers = new Headers({ vary: "accept-encoding" });
    return best !== undefined && asks
      ? this.#compressed(best, written, headers)
      : payloadOf(body, headerLength, headers);
  }

  async #compressed(
    format: "gzip" | "deflate",
    { body, headerLength }: ResponseBody,
    headers: Headers,
  ): Promise<Payload> {
    const compressed = await compress(format, body);
    headers.set("content-encoding", format);
    return payloadOf(compressed, headerLength, headers);
  }
}

/** Frees the tensors of a request that was answered, except those that are part of its body. */
function releaseInputs({ inputs }: InferRequest, { buffer: body }: Uint8Array): void {
  for (const { data } of Object.values(inputs)) {
    const isOwn = !Array.isArray(data) && data.byteLength === data.buffer.byteLength;
    if (isOwn && data.buffer !== body) release(data.buffer);
  }
}

/** Returns the payload of a response, compressed or not. */
function payloadOf(body: Uint8Array, headerLength: number | undefined, headers?: Headers): Payload {
  if (headerLength === undefined) return { bytes: body, type: "application/json", headers };
  const all = headers ?? new Headers();
  all.set(HEADER_LENGTH, String(headerLength));
  return { bytes: body, type: "application/octet-stream", headers: all };
}
