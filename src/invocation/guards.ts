/**
 * Guards: checks that run before a request is decoded, over every protocol: admission first, then
 * the guards of the service, such as its middleware.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { Service } from "../service/service.ts";
import type { Invocation } from "./invocation.ts";

/**
 * Runs around a request. It throws to reject the request (a `ServiceError` chooses the status),
 * and otherwise calls `next` once, which decodes the request, runs its handler and encodes the
 * answer; a stream is answered when its first item is there. After that, a guard may still change
 * the status, the headers and the trailers in `invocation.context.response`.
 */
export type Guard = (invocation: Invocation, next: () => Promise<void>) => Promise<void>;

/**
 * Admits a request.
 *
 * @throws ServiceError `unavailable` during a stop, `deadline_exceeded` for a request whose
 *   deadline has passed
 */
export function admit(service: Service, callerTimeoutMs: number | undefined): void {
  if (callerTimeoutMs !== undefined && callerTimeoutMs <= 0) {
    throw new ServiceError("deadline_exceeded", "The request's deadline had passed before it came");
  }
  service.admission.admit();
}

/** Runs guards around the rest of the invocation, the first one outermost. */
export async function runGuards(
  guards: readonly Guard[],
  invocation: Invocation,
  proceed: () => Promise<void>,
): Promise<void> {
  const [guard, ...inner] = guards;
  if (guard === undefined) return await proceed();
  await guard(invocation, () => runGuards(inner, invocation, proceed));
}
