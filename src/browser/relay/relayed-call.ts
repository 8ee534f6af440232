/**
 * RelayedCall: one request that a Service Worker sends to a page.
 * @module
 */

import { ServiceError } from "../../error.ts";
import { MIB } from "../../limits.ts";
import { orAborted } from "../../service/context.ts";
import type { KeptRequest } from "../kept-request.ts";
import type { Link } from "./link.ts";
import type { HeadMessage } from "./messages.ts";

/** The headers of an answer of a Service Worker: its place, and the reason for it. */
const PLACE = "x-ekiben-place";
const REASON = "x-ekiben-reason";

/** The largest body that is copied to a page: larger ones are moved, and cannot be sent again. */
const MAX_COPIED_BYTES = MIB;

/** A request that was read, and the way to it. */
export interface Relayed {
  readonly kept: KeptRequest;
  /** The size of its body, which is empty when it has been moved. */
  readonly size: number;
  /** The path below the scope, with the query. */
  readonly target: string;
  readonly clientId: string;
}

/** One request that a page answers. */
export class RelayedCall {
  readonly #link: Link;
  readonly #relayed: Relayed;
  readonly #end: () => void;
  #isSent = false;

  constructor(link: Link, relayed: Relayed, end: () => void) {
    this.#link = link;
    this.#relayed = relayed;
    this.#end = end;
  }

  /** True if the page has sent the request on to a server. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** @throws PageLostError */
  async answer(): Promise<Response> {
    const { kept, size, target } = this.#relayed;
    const { method, headers, signal } = kept.request;
    const { body } = kept;
    const message = { kind: "request", target, method, headers: [...headers], body } as const;
    this.#link.post(message, body !== undefined && isMoved(size) ? [body.buffer] : []);
    for (;;) {
      const reply = await orAborted(this.#link.next(), signal);
      if (reply.kind === "sending") this.#isSent = true;
      if (reply.kind === "failed") throw new ServiceError("internal", reply.reason);
      if (reply.kind === "head") return this.#response(reply);
    }
  }

  #response({ status, statusText, headers, first, hasMore, place, reason }: HeadMessage): Response {
    if (!hasMore) this.#close();
    const body = hasMore ? this.#body(first) : (first ?? null);
    const init = { status, statusText, headers: headers.map(([name, value]) => [name, value]) };
    return marked(new Response(body, init as ResponseInit), place, reason);
  }

  #body(first: Uint8Array<ArrayBuffer> | undefined): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream(
      {
        start(controller) {
          if (first !== undefined) controller.enqueue(first);
        },
        pull: async (controller) => {
          try {
            this.#link.post({ kind: "pull" });
            const reply = await this.#link.next();
            if (reply.kind === "part") return controller.enqueue(reply.bytes);
            if (reply.kind === "failed") throw new Error(reply.reason);
            controller.close();
            this.#close();
          } catch (error) {
            controller.error(error);
            this.#close();
          }
        },
        cancel: () => this.#close(),
      },
      { highWaterMark: 0 },
    );
  }

  #close(): void {
    this.#link.close();
    this.#end();
  }
}

/** Returns true for a body that is moved to a page instead of being copied. */
export function isMoved(size: number): boolean {
  return size > MAX_COPIED_BYTES;
}

/** Adds the headers that name the place of an answer. */
export function marked(response: Response, place: string, reason: string): Response {
  response.headers.set(PLACE, place);
  response.headers.set(REASON, reason.replace(/[^\x20-\x7e]+/g, " "));
  return response;
}
