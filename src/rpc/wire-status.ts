/**
 * WireStatus: the status of a call as it is sent, in the headers, the last message or the trailers.
 * @module
 */

import type { Code } from "@connectrpc/connect";
import {
  codeFromString,
  codeToHttpStatus,
  endStreamFlag,
} from "@connectrpc/connect/protocol-connect";
import { trailerFlag } from "@connectrpc/connect/protocol-grpc-web";
import { ENVELOPE_BYTES } from "./open-message.ts";

/** Reads the status from an answer while it is sent: from headers, messages or trailers. */
export class WireStatus {
  /** The flag of the envelope that carries the status; 0 where none does. */
  readonly #flag: number;
  #status: number | undefined;

  /**
   * @param status the status of HTTP
   * @param grpcStatus the header `grpc-status`, if an answer of gRPC-Web has only headers
   */
  constructor(status: number, contentType = "", grpcStatus?: string | null) {
    this.#flag = 0;
    if (status !== 200) this.#status = status;
    else if (contentType.startsWith("application/grpc")) {
      if (contentType.startsWith("application/grpc-web")) this.#flag = trailerFlag;
      this.trailer(grpcStatus);
    } else if (contentType.startsWith("application/connect+")) this.#flag = endStreamFlag;
    else this.#status = status;
  }

  /** The status as one of HTTP; `undefined` until it has been sent. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Reads the trailer `grpc-status`. */
  trailer(grpcStatus: unknown): void {
    if (grpcStatus === "0") {
      this.#status = 200; // nearly always
    } else if (typeof grpcStatus === "string" && /^\d+$/.test(grpcStatus)) {
      this.#status = httpStatusOf(Number(grpcStatus));
    }
  }

  /** Reads the next bytes of the body: of a protocol with envelopes, a whole envelope. */
  body(bytes: Uint8Array): void {
    const flags = bytes[0] ?? 0;
    if (this.#flag === 0 || (flags & this.#flag) === 0) return;
    // Only a long end is compressed: that of an error with details, whose status a handler has set.
    if ((flags & 1) !== 0) {
      this.#status = 200;
      return;
    }
    const text = new TextDecoder().decode(bytes.subarray(ENVELOPE_BYTES));
    if (this.#flag === trailerFlag) this.trailer(/^grpc-status: *(\d+)/im.exec(text)?.[1]);
    else this.#status = httpStatusOf(codeOf(text));
  }
}

/** Converts a code of gRPC, of which 0 is success: Connect has no code for that. */
function httpStatusOf(code: number): number {
  return code === 0 ? 200 : codeToHttpStatus(code as Code);
}

/** Reads the code in the end of a Connect stream. */
function codeOf(end: string): number {
  const { error } = JSON.parse(end) as { error?: { code?: string } };
  return error === undefined ? 0 : (codeFromString(error.code ?? "") ?? 0);
}
