/**
 * Relay: answers the requests of a Service Worker by a page, or in the Service Worker itself where
 * there is none.
 * @module
 */

import { ByteBudget } from "../../byte-budget.ts";
import type { Clock } from "../../clock.ts";
import { messageOf, ServiceError } from "../../error.ts";
import { passedStream } from "../../http/passed-stream.ts";
import { MIB } from "../../limits.ts";
import { orAborted } from "../../service/context.ts";
import { answerOf } from "../answer.ts";
import { errorAnswer } from "../error-answer.ts";
import { KeptRequest, keepRequest } from "../kept-request.ts";
import type { OpenService } from "../open-service.ts";
import { withBody } from "../request-body.ts";
import { type Link, PageLostError } from "./link.ts";
import { choosePage } from "./page-choice.ts";
import { isMoved, marked, type Relayed, RelayedCall } from "./relayed-call.ts";
import type { WorkerScope } from "./scope.ts";

/** The bodies that all requests together may hold. */
const MAX_HELD_BYTES = 256 * MIB;

/** The pages that a request is sent to, one after the other, while they are lost. */
const MAX_PAGES = 3;

/** The options of a `Relay`. */
export interface RelayOptions {
  readonly scope: Pick<WorkerScope, "clients" | "registration">;
  readonly clock: Clock;
  /** Answers where no page can. */
  readonly inline: OpenService | undefined;
  /** The longest wait for a page, if there is no `inline`. */
  readonly waitMs: number;
  readonly maxBodyBytes: number;
  readonly idempotent: (request: Request) => boolean;
}

/** Relays the requests of a Service Worker. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #budget = new ByteBudget(MAX_HELD_BYTES);
  #arrived = Promise.withResolvers<void>();

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Called when a page says that it answers requests. */
  pageArrived(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  /**
   * Answers a request.
   *
   * @param clientId the page that has sent it
   * @param target its path below the scope, with the query
   * @param extend keeps the Service Worker alive until a promise is settled
   */
  async answer(
    request: Request,
    clientId: string,
    target: string,
    extend: (promise: Promise<unknown>) => void,
  ): Promise<Response> {
    const share = this.#budget.open();
    const ended = Promise.withResolvers<void>();
    extend(ended.promise);
    const end = (): void => {
      share.close();
      ended.resolve();
    };
    try {
      const { maxBodyBytes } = this.#options;
      const readable = await orAborted(withBody(request), request.signal);
      const kept = await keepRequest(readable, maxBodyBytes, (bytes) => share.hold(bytes));
      if (!(kept instanceof KeptRequest)) throw tooLarge(maxBodyBytes);
      return await this.#relay({ kept, size: kept.size, target, clientId }, end);
    } catch (error) {
      end();
      if (request.signal.aborted) throw request.signal.reason;
      return marked(
        errorAnswer(ServiceError.from(error), request.headers),
        "service-worker",
        messageOf(error),
      );
    }
  }

  async #relay(relayed: Relayed, end: () => void): Promise<Response> {
    const { kept, clientId } = relayed;
    const { signal } = kept.request;
    for (let page = 0; page < MAX_PAGES; page++) {
      const finding = this.#find(clientId);
      const link = await orAborted(finding, signal).catch((error: unknown) => {
        void finding.then((found) => found?.close());
        throw error;
      });
      if (link === undefined) break;
      const call = new RelayedCall(link, relayed, end);
      try {
        return await call.answer();
      } catch (error) {
        link.close();
        if (!(error instanceof PageLostError)) throw error;
        this.#checkRepeatable(relayed, call, error);
      }
    }
    return await this.#inline(relayed, end);
  }

  /** @throws ServiceError for a request that was lost with its page, and must not be sent again */
  #checkRepeatable({ kept, size }: Relayed, call: RelayedCall, error: PageLostError): void {
    const why = call.isSent
      ? "it had sent the request on to the server, which may have run it"
      : isMoved(size)
        ? `a body of ${size} bytes is moved to a page, and is lost with it`
        : this.#options.idempotent(kept.request)
          ? undefined
          : "it may have run the request, which must not run twice";
    if (why !== undefined) throw new ServiceError("unavailable", `${error.message}: ${why}`);
  }

  /** Finds a page, and waits for one if nothing else can answer. */
  async #find(clientId: string): Promise<Link | undefined> {
    const { scope, clock, inline, waitMs } = this.#options;
    const late = Promise.withResolvers<"late">();
    const cancelTimer = clock.after(waitMs, () => late.resolve("late"));
    try {
      for (;;) {
        const arrived = this.#arrived.promise;
        const link = await choosePage(scope, clientId, clock);
        if (link !== undefined || inline !== undefined) return link;
        if ((await Promise.race([arrived, late.promise])) === "late") return undefined;
      }
    } finally {
      cancelTimer();
    }
  }

  async #inline({ kept, target }: Relayed, end: () => void): Promise<Response> {
    const { inline, scope, waitMs } = this.#options;
    if (inline === undefined) {
      const text = `No page of ${scope.registration.scope} has answered for ${waitMs} ms: open one`;
      throw new ServiceError("unavailable", text, { retryAfterSeconds: 1 });
    }
    const { method, headers, signal } = kept.request;
    const url = new URL(target, scope.registration.scope);
    const body = kept.body === undefined ? {} : { body: kept.body };
    const response = await inline.fetch(new Request(url, { method, headers, signal, ...body }));
    const answer = answerOf(response);
    const place = answer?.place === "server" ? "server" : "service-worker";
    const reason = `no page is open; ${answer?.reason}`;
    return marked(watched(response, end), place, reason);
  }
}

function tooLarge(maxBytes: number): ServiceError {
  return new ServiceError("payload_too_large", `The body has more than ${maxBytes} bytes`);
}

/** Calls a function at the end of a body. The headers of the returned response can be changed. */
function watched({ status, statusText, headers, body }: Response, end: () => void): Response {
  const init = { status, statusText, headers };
  if (body === null) {
    end();
    return new Response(null, init);
  }
  return new Response(passedStream(body.getReader(), end), init);
}
