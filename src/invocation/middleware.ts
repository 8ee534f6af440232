/**
 * Middleware: the Hono middleware of a service, run around a request of any protocol.
 * @module
 */

import {
  type ExecutionContext,
  Hono,
  type Context as HonoContext,
  type MiddlewareHandler,
} from "hono";
import type { HTTPException } from "hono/http-exception";
import type { StatusCode } from "hono/utils/http-status";
import { systemClock } from "../clock.ts";
import { httpStatus } from "../error.ts";
import type { Invocation } from "./invocation.ts";
import { REQUEST_ID } from "./request-id.ts";

/**
 * The time for middleware to end after the deadline or the caller's disconnect, in milliseconds, if
 * all of them have called `next()`: the error has the headers that they set, too.
 */
const END_LIMIT_MS = 100;

/** One request as middleware see it, and the way to its response. */
export interface Exchange {
  readonly request: Request;
  /** The bindings of the host: `c.env`. */
  readonly env?: unknown;
  readonly executionCtx?: ExecutionContext | undefined;
  /**
   * Answers the request. Called once, when every middleware has called `next()`.
   *
   * @param request the request, or what a middleware put in its place
   */
  proceed(request: Request): Promise<Response>;
  /** Makes the response for what `proceed()` or a middleware threw. */
  render(thrown: unknown): Response;
}

/**
 * Runs middleware, and what comes after them, within the deadline of an invocation.
 *
 * @returns the response as the middleware leave it
 * @throws the reason of the context's signal, when it is aborted before they have ended
 */
export type Middleware = (invocation: Invocation, exchange: Exchange) => Promise<Response>;

/** Returns a function that runs middleware, the first one outermost; undefined for none. */
export function middlewareOf(use: readonly MiddlewareHandler[]): Middleware | undefined {
  if (use.length === 0) return undefined;
  const chain = new Hono<Env>();
  chain.use(async function enter(c, next) {
    const { run } = c.env;
    c.set(RUN, run);
    c.env = run.exchange.env as Env["Bindings"];
    run.c = c;
    await next();
  });
  for (const each of use) chain.use(each);
  chain.all("*", (c) => c.get(RUN).proceed(c));
  chain.onError((error, c) => withSetHeaders(c, c.get(RUN).render(error)));
  return async (invocation, exchange) => {
    const { request, executionCtx } = exchange;
    // The id is the same whoever asks: Hono's own middleware `requestId()` reads this header.
    request.headers.set(REQUEST_ID, invocation.facts.requestId);
    const run = new Run(invocation, exchange);
    return await run.toEnd(async () => await chain.fetch(request, { run }, executionCtx));
  };
}

/** The key of the run among the variables of Hono's context. */
const RUN: unique symbol = Symbol("run");

interface Env {
  Bindings: { readonly run: Run };
  Variables: { [RUN]: Run };
}

/**
 * Returns the name of the API that a request is of, or `package.Service/Method` for a method of a
 * Connect service, over every protocol. Over Connect, gRPC-Web and gRPC, the name of an API is in
 * the message of its call, which is received first: authenticate the caller before.
 *
 * @param c the context of a middleware in `use`
 * @throws TypeError for any other context
 *
 * @example
 * const onlyAdmins = createMiddleware(async (c, next) => {
 *   if ((await endpointOf(c)) === "retrain" && !c.get("isAdmin")) return c.text("no", 403);
 *   return await next();
 * });
 */
export async function endpointOf(c: HonoContext): Promise<string> {
  const run = (c as HonoContext<Env>).get(RUN);
  if (run === undefined)
    throw new TypeError("endpointOf() takes the context of a middleware in use");
  return await run.endpoint();
}

/** The middleware of one request, from their start to their end. */
class Run {
  readonly exchange: Exchange;
  /** Hono's context, once the middleware have started. */
  c: HonoContext<Env> | undefined;
  readonly #invocation: Invocation;
  /** True when every middleware has called `next()`. */
  #isReached = false;
  #isOver = false;
  /** True while the request is being answered. */
  #isProceeding = false;
  /** The error of `exchange.proceed()`. */
  #failure: unknown;

  constructor(invocation: Invocation, exchange: Exchange) {
    this.#invocation = invocation;
    this.exchange = exchange;
  }

  /** Returns the API's name. */
  endpoint(): Promise<string> {
    return this.#invocation.receive();
  }

  /** Answers the request, after the last middleware. */
  async proceed(c: HonoContext<Env>): Promise<Response> {
    if (this.#isOver) return new Response(null, { status: httpStatus("canceled") });
    const { context } = this.#invocation;
    this.#invocation.checkOrigin(c.res.headers.get("access-control-allow-origin"));
    context.readVariables((key) => c.get(key as never));
    this.#isReached = true;
    this.#isProceeding = true;
    try {
      return withSetHeaders(c, await this.exchange.proceed(c.req.raw));
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#isProceeding = false;
    }
  }

  /** Makes the response for what was thrown: its own for the `HTTPException` of a middleware. */
  render(thrown: unknown): Response {
    const getResponse = (thrown as Partial<HTTPException> | null | undefined)?.getResponse;
    const isChosen = typeof getResponse === "function" && thrown !== this.#failure;
    return isChosen ? (thrown as HTTPException).getResponse() : this.exchange.render(thrown);
  }

  /** Waits for the end of the middleware, and ends what they have left behind. */
  async toEnd(start: () => Promise<Response>): Promise<Response> {
    try {
      return await this.#inTime(start().catch((thrown) => this.render(thrown)));
    } finally {
      this.#isOver = true;
      // Nothing awaits the answer any more: a middleware may have had a shorter time limit.
      if (this.#isProceeding) this.#invocation.context.cancel();
    }
  }

  async #inTime(work: Promise<Response>): Promise<Response> {
    const { context } = this.#invocation;
    const late = Promise.withResolvers<never>();
    let cancelTimer = (): void => {};
    const abort = (): void => {
      const { reason } = context.signal;
      if (this.#isReached) cancelTimer = systemClock.after(END_LIMIT_MS, () => late.reject(reason));
      else late.reject(reason);
    };
    context.signal.addEventListener("abort", abort, { once: true });
    if (context.signal.aborted) abort();
    work.catch(() => {}); // the one that loses the race may reject later
    late.promise.catch(() => {});
    try {
      return await Promise.race([work, late.promise]);
    } catch (reason) {
      this.#keepHeaders();
      throw reason;
    } finally {
      cancelTimer();
      context.signal.removeEventListener("abort", abort);
    }
  }

  /** Adds the headers that middleware have set so far to those of the error. */
  #keepHeaders(): void {
    const { headers } = this.#invocation.context.response;
    for (const [name, value] of this.c?.res.headers ?? []) headers.set(name, value);
  }
}

/** Adds the headers that middleware have set by `c.header()` before there was a response. */
function withSetHeaders(c: HonoContext<Env>, { body, status, headers }: Response): Response {
  return c.newResponse(body, { status: status as StatusCode, headers });
}
