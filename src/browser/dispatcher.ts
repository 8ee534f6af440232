/**
 * Dispatcher: sends each call to this browser or to the server, and to the other one if the first
 * cannot answer.
 * @module
 */

import type { Clock } from "../clock.ts";
import { messageOf, ServiceError } from "../error.ts";
import { orAborted } from "../service/context.ts";
import type { Service } from "../service/service.ts";
import { type Answer, markAnswer } from "./answer.ts";
import { errorAnswer, inabilityOf } from "./error-answer.ts";
import { type FallbackServer, type SendOptions, silentFor } from "./fallback-server.ts";
import { Inabilities } from "./inabilities.ts";
import { KeptRequest, keepRequest } from "./kept-request.ts";
import { type Choice, Latencies } from "./latencies.ts";
import type { LocalService } from "./local-service.ts";
import type { Policy } from "./open-service.ts";
import { kinds, pathsWithoutHtml } from "./paths.ts";
import { withBody } from "./request-body.ts";

/** Called before a request is sent to the server. */
export type Sending = () => void;

/** The options of a `Dispatcher`. */
export interface DispatcherOptions {
  readonly service: Service;
  readonly local: LocalService;
  readonly server: FallbackServer | undefined;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly maxKeptBytes: number;
  readonly fallbackTimeoutMs: number;
  readonly idempotent: (request: Request) => boolean;
  readonly onAnswer: ((answer: Answer, response: Response) => void) | undefined;
}

/** One call on its way. */
interface Call {
  readonly kept: KeptRequest;
  /** The kind of call, for which places are compared. */
  readonly kind: string;
  readonly server: FallbackServer;
  readonly sending: Sending;
}

/** The bounds of the classes of bodies: their size decides how long they take to the server. */
const SIZES = [64 * 1024, 1024 * 1024] as const;

/** Sends calls to one of two places. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #kindOf: (request: Request) => string | undefined;
  readonly #withoutHtml: ReadonlySet<string>;
  readonly #latencies = new Map<string, Latencies>();
  readonly #inabilities = new Inabilities();
  #isClosed = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#kindOf = kinds(options.service);
    this.#withoutHtml = pathsWithoutHtml(options.service);
  }

  /** Answers a request. @throws the reason of its signal, if it is aborted */
  async answer(request: Request, sending: Sending = () => {}): Promise<Response> {
    const beganAtMs = this.#options.clock.now();
    request.signal.throwIfAborted();
    const readable = await orAborted(withBody(request), request.signal);
    const { response, ...where } = await this.#take(readable, sending);
    request.signal.throwIfAborted();
    const answer = { ...where, durationMs: this.#options.clock.now() - beganAtMs };
    markAnswer(response, answer);
    this.#options.onAnswer?.(answer, response);
    return response;
  }

  /** Waits until calls can be answered. @throws Error with the reasons of both places */
  async ready(): Promise<void> {
    const { policy, local, server } = this.#options;
    if (policy !== "server" && (await local.start())) return;
    if (server === undefined || policy === "local") throw new Error(local.whyNot);
    try {
      await server.probe();
    } catch (error) {
      if (policy === "server" && (await local.start())) return;
      throw new Error(this.#noPlace(messageOf(error)), { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.server?.close();
    await this.#options.local.close();
  }

  async #take(request: Request, sending: Sending): Promise<Outcome> {
    const { policy, server, maxKeptBytes } = this.#options;
    if (this.#isClosed) return refused("The service has been closed", request);
    const kind = this.#kindOf(request);
    if (server === undefined || policy === "local") {
      const reason = server === undefined ? "there is no server" : 'the policy is "local"';
      return await this.#here(request, reason, kind !== undefined);
    }
    if (policy === "auto" && kind === undefined) {
      return await this.#here(request, "it is about this service", false);
    }
    const kept = await keepRequest(request, maxKeptBytes);
    if (!(kept instanceof KeptRequest)) {
      const reason = `its body has more than ${maxKeptBytes} bytes: too many to keep`;
      return await this.#here(kept, reason);
    }
    const size = SIZES.findIndex((bound) => kept.size <= bound);
    const call = { kept, kind: `${kind} ${size}`, server, sending };
    const choice = this.#choose(call);
    if (choice.place === "local") return await this.#localFirst(call, choice.reason);
    return await this.#serverFirst(call, choice.reason);
  }

  /** Chooses the first place for a call. */
  #choose({ kind, server }: Call): Choice {
    const { policy, local, clock } = this.#options;
    const { whyDown } = server;
    if (policy === "server" && (whyDown === undefined || local.state !== "ready")) {
      return { place: "server", reason: 'the policy is "server"' };
    }
    if (local.mayStart) void local.start();
    if (local.state === "failed") return { place: "server", reason: `${local.whyNot}` };
    if (whyDown !== undefined) return { place: "local", reason: `the server: ${whyDown}` };
    if (local.state !== "ready") {
      return { place: "server", reason: "the service is still starting here" };
    }
    const why = this.#inabilities.reason(kind, clock.now());
    if (why !== undefined) return { place: "server", reason: `it failed here before: ${why}` };
    return this.#measured(kind).choose(clock.now());
  }

  #measured(kind: string): Latencies {
    const found = this.#latencies.get(kind) ?? new Latencies();
    this.#latencies.set(kind, found);
    return found;
  }

  async #here(request: Request, reason: string, isCall = true): Promise<Outcome> {
    const { local } = this.#options;
    const response = await orAborted(local.fetch(request, isCall), request.signal);
    if (response.status !== 503 || local.whyNot === undefined || !this.#isRest(request)) {
      return { response, place: "local", reason };
    }
    // A server keeps the reason for its log; here, its user is the caller.
    void response.body?.cancel().catch(() => {});
    return refused(`This browser cannot run the service: ${local.whyNot}`, request);
  }

  async #localFirst(call: Call, reason: string): Promise<Outcome> {
    const { clock, idempotent } = this.#options;
    const { kept, kind, server, sending } = call;
    using trial = this.#measured(kind).begin("local", clock);
    const outcome = await this.#here(kept.copy(), reason);
    const inability = await inabilityOf(outcome.response);
    if (inability === undefined) {
      trial.end(outcome.response);
      this.#inabilities.remove(kind);
      return outcome;
    }
    if (server.whyDown !== undefined || !idempotent(kept.request)) return outcome;
    try {
      sending();
      const response = await server.send(kept, this.#sendOptions(kept));
      if (inability.lasts && response.ok)
        this.#inabilities.add(kind, inability.reason, clock.now());
      void outcome.response.body?.cancel().catch(() => {});
      const why = `it failed here: ${inability.reason}`;
      return { response, place: "server", reason: why, triedAt: "local" };
    } catch (error) {
      kept.request.signal.throwIfAborted();
      const why = `${reason}; it failed here, and the server did not answer: ${messageOf(error)}`;
      return { ...outcome, reason: why, triedAt: "server" };
    }
  }

  async #serverFirst(call: Call, reason: string): Promise<Outcome> {
    const { clock, idempotent } = this.#options;
    const { kept, kind, server, sending } = call;
    const { request } = kept;
    const mayMove = idempotent(request);
    using trial = this.#measured(kind).begin("server", clock);
    try {
      using limit = mayMove ? this.#serverLimit() : undefined;
      sending();
      const response = await server.send(kept, this.#sendOptions(kept, limit?.signal));
      trial.end(response);
      return { response, place: "server", reason };
    } catch (error) {
      request.signal.throwIfAborted();
      const why = messageOf(error);
      if (!mayMove) {
        const text = `The server ${server.url} did not answer: ${why}. It may have run the call`;
        return { ...refused(text, request), place: "server", reason };
      }
      if (!(await this.#canAnswer(request))) return refused(this.#noPlace(why), request);
      const outcome = await this.#here(kept.copy(), `the server: ${why}`);
      return { ...outcome, triedAt: "server" };
    }
  }

  #sendOptions({ request }: KeptRequest, stop?: AbortSignal): SendOptions {
    return { stop, mayBeHtml: !this.#withoutHtml.has(new URL(request.url).pathname) };
  }

  /** Returns a signal that ends the wait for the server soon after this browser can answer. */
  #serverLimit(): Disposable & { readonly signal: AbortSignal } {
    const { local, clock, fallbackTimeoutMs } = this.#options;
    const beganAtMs = clock.now();
    const limit = new AbortController();
    let isOver = false;
    let cancelTimer = (): void => {};
    const begin = (): void => {
      if (isOver) return;
      cancelTimer = clock.after(fallbackTimeoutMs, () => {
        limit.abort(silentFor(clock.now() - beganAtMs));
      });
    };
    if (local.state === "ready") begin();
    if (local.state === "starting") void local.start().then((can) => can && begin());
    const dispose = (): void => {
      isOver = true;
      cancelTimer();
    };
    return { signal: limit.signal, [Symbol.dispose]: dispose };
  }

  /** Returns true for a request of REST, whose errors have the form of `refused()`. */
  #isRest({ url }: Request): boolean {
    const { pathname } = new URL(url);
    return this.#options.service.routes.some(({ path }) => path === pathname);
  }

  /** Returns true if this browser can answer, after a start if that is worth a try. */
  async #canAnswer({ signal }: Request): Promise<boolean> {
    const { local } = this.#options;
    if (local.state === "failed" && !local.mayStart) return false;
    return await orAborted(local.start(), signal);
  }

  #noPlace(whyServer: string): string {
    const { local, server } = this.#options;
    return (
      `This browser cannot run the service (${local.whyNot}), and the server ${server?.url} ` +
      `did not answer: ${whyServer}`
    );
  }
}

/** An answer with its place, before its time is known. */
interface Outcome extends Omit<Answer, "durationMs"> {
  readonly response: Response;
}

/** The time after which a call that was refused may be tried again, in seconds. */
const RETRY_SECONDS = 1;

function refused(text: string, { headers }: Request): Outcome {
  const error = new ServiceError("unavailable", text, { retryAfterSeconds: RETRY_SECONDS });
  return { response: errorAnswer(error, headers), place: "local", reason: text };
}
