/**
 * WireStatus: the status of a call as its caller reads it, in whichever place its protocol has it.
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

/** Follows an answer as it is sent: its headers, its messages in envelopes, its trailers. */
export class WireStatus {
  /** The flag of the envelope that has the status; 0 where none has. */
  readonly #flag: number;
  #status: number | undefined;

  /**
   * @param status of HTTP
   * @param grpcStatus in the headers, of an answer of gRPC-Web that has nothing else
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

  /** As an HTTP status; undefined as long as it has not been sent. */
  get status(): number | undefined {
    return this.#status;
  }

  /** The value of `grpc-status` in the trailers, if there is one. */
  trailer(grpcStatus: unknown): void {
    if (grpcStatus === "0") {
      this.#status = 200; // nearly always
    } else if (typeof grpcStatus === "string" && /^\d+$/.test(grpcStatus)) {
      this.#status = httpStatusOf(Number(grpcStatus));
    }
  }

  /** Bytes of the body: whole envelopes, where there are any, one at a time. */
  body(bytes: Uint8Array): void {
    const flags = bytes[0] ?? 0;
    if (this.#flag === 0 || (flags & this.#flag) === 0) return;
    // Only a long end is compressed: one with details, of which the handler knows better.
    if ((flags & 1) !== 0) {
      this.#status = 200;
      return;
    }
    const text = new TextDecoder().decode(bytes.subarray(ENVELOPE_BYTES));
    if (this.#flag === trailerFlag) this.trailer(/^grpc-status: *(\d+)/im.exec(text)?.[1]);
    else this.#status = httpStatusOf(codeOf(text));
  }
}

/** 0 is success, which Connect has no code for. */
function httpStatusOf(code: number): number {
  return code === 0 ? 200 : codeToHttpStatus(code as Code);
}

/** The code in the end of a stream of Connect. */
function codeOf(end: string): number {
  const { error } = JSON.parse(end) as { error?: { code?: string } };
  return error === undefined ? 0 : (codeFromString(error.code ?? "") ?? 0);
}
