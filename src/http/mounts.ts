/**
 * The mounts of a service: web applications of the user's own, each at a path beside the APIs. They
 * are refused during a stop, bounded by the time limit of requests until their responses begin, and
 * counted, all paths of a mount as one.
 * @module
 */

import type { Hono, Context as HonoContext, Next } from "hono";
import type { Clock } from "../clock.ts";
import { httpStatus, messageOf, ServiceError } from "../error.ts";
import { holdRequest } from "../hold-request.ts";
import { holdResponse } from "../hold-response.ts";
import { httpLog as log } from "../log.ts";
import { orAborted } from "../service/context.ts";
import { isWithin, type Mount } from "../service/mounts.ts";
import { type CountedRequest, NOT_COUNTED } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { executionCtxOf } from "./execution-ctx.ts";
import { typedHeaders } from "./late-type.ts";
import { COUNTED } from "./measure.ts";
import { PassedBody, peek } from "./passed-body.ts";
import { isStreamed, markStreamed } from "./stream.ts";

/** The variable of Hono's context that is true once a request's body has been dealt with. */
export const BODY_READ = "bodyRead";

/** The bounds of requests to mounts. */
export interface MountSettings {
  /** The time until a response begins, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * Adds the mounts of a service.
 *
 * @param callPaths the paths of its calls over Connect and gRPC-Web
 * @throws TypeError for a mount at or above one of these paths
 */
export function mountRoutes(
  hono: Hono,
  { mounts }: Service,
  callPaths: readonly string[],
  settings: MountSettings,
): void {
  for (const mount of mounts) {
    const call = callPaths.find((path) => isWithin(path, mount.path));
    if (call !== undefined) {
      throw new TypeError(`Cannot mount at ${mount.path}: calls are at ${call}`);
    }
    hono.all(`${mount.path}/*`, async (c, next) => await answer(c, next, mount, settings));
  }
}

async function answer(
  c: HonoContext,
  next: Next,
  mount: Mount,
  { timeoutMs, clock }: MountSettings,
): Promise<Response | undefined> {
  const url = urlWithin(mount.path, c.req.raw.url);
  if (url === undefined) {
    await next();
    return undefined;
  }
  const { method, headers, body, signal: disconnected } = c.req.raw;
  const abort = new AbortController();
  const onDisconnect = (): void =>
    abort.abort(new ServiceError("canceled", "The caller closed the request"));
  if (disconnected.aborted) onDisconnect();
  else disconnected.addEventListener("abort", onDisconnect, { once: true });
  const cancelTimer = clock.after(timeoutMs, () => {
    const text = `${mount.path} did not answer within ${timeoutMs / 1000} s`;
    abort.abort(new ServiceError("deadline_exceeded", text));
  });
  const passed = body === null ? undefined : new PassedBody(body);
  const init = {
    method,
    headers,
    signal: abort.signal,
    ...(passed === undefined ? {} : { body: passed.stream, duplex: "half" }),
  } as RequestInit;
  const request = holdRequest(abort.signal, new Request(url, init));
  const work = (async () => await mount.fetch(request, c.env, executionCtxOf(c)))();
  let response: Response;
  try {
    response = await orAborted(work, abort.signal);
    if (!(response instanceof Response)) {
      throw new TypeError(`The handler at ${mount.path} must return a Response, not ${response}`);
    }
    holdResponse(response, c.req.raw); // of which middleware may make another one, with its body
    // Response.error(), which no server can send. 101 is a WebSocket's.
    if (response.status === 0 || response.bodyUsed) {
      const trouble = response.bodyUsed ? "a body that has been read" : "the status 0";
      throw new TypeError(`The handler at ${mount.path} returned a Response with ${trouble}`);
    }
  } catch (error) {
    void work.then((late) => late?.body?.cancel()).catch(() => {});
    if (!(await isFinished(c, passed, clock, request.body?.locked === true)))
      c.header("connection", "close");
    throw error;
  } finally {
    cancelTimer();
  }
  const passedOn = await passOn(c, mount, response, passed?.hasEnded !== false);
  // An application that answers by a stream may still be reading, for one because it echoes.
  const isInUse = isStreamed(c.req.raw);
  const isFree = await isFinished(c, passed, clock, isInUse);
  return isFree ? passedOn : withHeader(passedOn, "connection", "close");
}

/** Sets a header of a response, or of a copy: the headers of a `fetch()` response are immutable. */
function withHeader(response: Response, name: string, value: string): Response {
  try {
    response.headers.set(name, value);
    return response;
  } catch {
    const headers = new Headers(response.headers);
    headers.set(name, value);
    return new Response(response.body, { status: response.status, headers });
  }
}

/** Discards the unread rest of a request's body. Returns true if the body is at its end then. */
async function isFinished(
  c: HonoContext,
  passed: PassedBody | undefined,
  clock: Clock,
  isInUse: boolean,
): Promise<boolean> {
  c.set(BODY_READ, true); // so that it is not discarded again
  return passed === undefined || (await passed.discard(isInUse, clock));
}

/**
 * Returns the URL of a request as seen by a mounted application; undefined if the mount's path is
 * escaped in it, which only some parsers treat as the same path.
 */
function urlWithin(mountPath: string, url: string): string | undefined {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const rest = url.slice(start + mountPath.length);
  if (!url.startsWith(mountPath, start) || !/^(?:[/?#]|$)/.test(rest)) return undefined;
  return `${url.slice(0, start)}${rest.startsWith("/") ? rest : `/${rest}`}`;
}

/**
 * Passes a response on. A stream is counted at its end.
 *
 * @param isRead true if its request has been read to its end
 */
async function passOn(
  c: HonoContext,
  mount: Mount,
  response: Response,
  isRead: boolean,
): Promise<Response> {
  const { headers, status } = response;
  if (c.req.method === "HEAD") {
    await response.body?.cancel();
    return new Response(null, { status, headers });
  }
  const isPlain = headers.has("content-length") || !headers.has("content-type");
  if (isPlain && isRead) return response;
  const { body } = response;
  if (body === null) return response;
  const counted: CountedRequest = c.get(COUNTED) ?? NOT_COUNTED;
  const peeked = await peek(body, (end, error) => {
    if (end === "failed") {
      log.error("{path} failed in its answer: {error}", {
        path: mount.path,
        error: messageOf(error),
      });
    }
    counted.end(end === "complete" ? status : statusOf(end));
  });
  if ("bytes" in peeked) {
    const { bytes } = peeked;
    return new Response(bytes, { status, headers: typedHeaders(bytes, headers) });
  }
  markStreamed(c.req.raw);
  return new Response(peeked.stream, { status, headers });
}

function statusOf(end: "failed" | "canceled"): number {
  return httpStatus(end === "failed" ? "internal" : "canceled");
}
