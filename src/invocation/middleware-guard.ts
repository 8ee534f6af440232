/**
 * middlewareGuard(): middleware as a guard of calls, whose protocols have no responses of HTTP. An
 * answer of a middleware is an error there, by its status; headers that it sets are metadata.
 * @module
 */

import { systemClock } from "../clock.ts";
import { httpStatus, ServiceError } from "../error.ts";
import { codeOfStatus } from "./code-of-status.ts";
import type { Guard } from "./guards.ts";
import type { Invocation } from "./invocation.ts";
import { MetadataRequest } from "./metadata-request.ts";
import type { Middleware } from "./middleware.ts";

/** The longest message of an error that is made of a response, in bytes. */
const MAX_MESSAGE_BYTES = 1024;

/** The time limit for reading that message, in milliseconds. */
const MAX_MESSAGE_MS = 250;

/** Returns a guard that runs middleware around a call. */
export function middlewareGuard(middleware: Middleware): Guard {
  return async (invocation, next) => {
    const { context, facts } = invocation;
    /** The error of the call or of a middleware, and the status that middleware see of it. */
    let failure: { readonly thrown: unknown; readonly status: number } | undefined;
    let isAnswered = false;
    const response = await middleware(invocation, {
      request: new MetadataRequest(facts.url, facts.headers, context.signal, facts.method),
      async proceed() {
        await next();
        isAnswered = true;
        return headOf(invocation);
      },
      render(thrown) {
        const status = facts.statusOf?.(thrown) ?? httpStatus(ServiceError.from(thrown).code);
        failure = { thrown, status };
        return headOf(invocation, status);
      },
    });
    replaceHeaders(context.response.headers, response.headers);
    if (failure !== undefined && (response.status === failure.status || response.ok)) {
      throw failure.thrown;
    }
    if (!isAnswered || response.status >= 400) {
      const error = await errorOf(response);
      if (error.retryAfterSeconds !== undefined) context.response.headers.delete("retry-after");
      throw error;
    }
  };
}

/** Returns a response without a body, with what the handler has set. */
function headOf({ context }: Invocation, status?: number): Response {
  const { madeHeaders, status: own } = context.response;
  const init = madeHeaders === undefined ? {} : { headers: madeHeaders };
  return new Response(null, { ...init, status: status ?? own });
}

function replaceHeaders(to: Headers, from: Headers): void {
  for (const name of [...to.keys()]) to.delete(name);
  for (const [name, value] of from) to.append(name, value);
}

/** Makes the error of a call whose middleware answered it themselves. */
async function errorOf(response: Response): Promise<ServiceError> {
  const { status, headers } = response;
  if (status < 400) {
    await response.body?.cancel();
    const text = `A middleware answered with the status ${status}, which only REST can carry`;
    return new ServiceError("unimplemented", text);
  }
  const text = await textOf(response);
  const message = text === "" ? `A middleware answered with the status ${status}` : text;
  const retryAfter = headers.get("retry-after") ?? "";
  if (!/^\d{1,9}$/.test(retryAfter)) return new ServiceError(codeOfStatus(status), message);
  return new ServiceError(codeOfStatus(status), message, { retryAfterSeconds: Number(retryAfter) });
}

/** Reads the beginning of a response's body, if it is text. */
async function textOf({ body, headers }: Response): Promise<string> {
  const type = headers.get("content-type") ?? "";
  if (body === null) return "";
  const reader = body.getReader();
  const late = Promise.withResolvers<{ done: true; value: undefined }>();
  const cancelTimer = systemClock.after(MAX_MESSAGE_MS, () =>
    late.resolve({ done: true, value: undefined }),
  );
  const decoder = new TextDecoder();
  let text = "";
  let left = /^(?:$|text\/|application\/(?:[\w.-]+\+)?json)/i.test(type) ? MAX_MESSAGE_BYTES : 0;
  while (left > 0) {
    const { done, value } = await Promise.race([reader.read(), late.promise]);
    if (done) break;
    text += decoder.decode(value.subarray(0, left), { stream: true });
    left -= value.length;
  }
  cancelTimer();
  reader.cancel().catch(() => {});
  return text.trim();
}
