/**
 * WireStatus: the status of a call as its client reads it, wherever the protocol puts it.
 * @module
 */

import type { Code } from "@connectrpc/connect";
import {
  codeFromString,
  codeToHttpStatus,
  endStreamFlag,
} from "@connectrpc/connect/protocol-connect";
import { trailerFlag } from "@connectrpc/connect/protocol-grpc-web";

/** The flags and the length before each message. */
const ENVELOPE_BYTES = 5;

/** Follows an answer while it is sent: its headers, its messages in envelopes, its trailers. */
export class WireStatus {
  /** The flag of the envelope that has the status; 0 if none has. */
  readonly #flag: number;
  #status: number | undefined;

  /**
   * @param status the HTTP status
   * @param grpcStatus the header `grpc-status`, of a gRPC-Web answer that has only headers
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

  /** Reads bytes of the body; if there are envelopes, one whole envelope at a time. */
  body(bytes: Uint8Array): void {
    const flags = bytes[0] ?? 0;
    if (this.#flag === 0 || (flags & this.#flag) === 0) return;
    // Only a long end is compressed: one with details, whose status the handler reports.
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
