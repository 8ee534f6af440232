/**
 * Errors of this layer as responses, of the same form as those of the service.
 * @module
 */

import { httpStatus, type ServiceError } from "../error.ts";
import { REQUEST_ID, requestIdOf } from "../invocation/request-id.ts";

/** Returns the response for an error: status, JSON body, and `Retry-After` if it has one. */
export function errorAnswer(error: ServiceError, sentHeaders: Headers): Response {
  const { code, message, retryAfterSeconds } = error;
  const requestId = requestIdOf(sentHeaders.get(REQUEST_ID));
  const headers = new Headers({ [REQUEST_ID]: requestId });
  if (retryAfterSeconds !== undefined) {
    headers.set("retry-after", String(Math.ceil(retryAfterSeconds)));
  }
  const body = { error: message, code, request_id: requestId };
  return Response.json(body, { status: httpStatus(code), headers });
}

/** The statuses by which a service says that it cannot do what it was asked. */
const CANNOT: Readonly<Record<number, "always" | "now">> = {
  500: "always",
  501: "always",
  503: "now",
};

/** The same by the statuses of gRPC: UNKNOWN, UNIMPLEMENTED, INTERNAL, UNAVAILABLE. */
const CANNOT_GRPC: Readonly<Record<string, "always" | "now">> = {
  2: "always",
  12: "always",
  13: "always",
  14: "now",
};

/** The inability of a place to answer a call: that it may last, and the reason. */
export interface Inability {
  readonly lasts: boolean;
  readonly reason: string;
}

/**
 * Returns the inability that a response reports, as a handler does that needs what the place lacks;
 * `undefined` for an answer, and for an error that another place would answer with, too.
 */
export async function inabilityOf(response: Response): Promise<Inability | undefined> {
  const grpc = response.headers.get("grpc-status");
  const found = CANNOT[response.status] ?? (grpc === null ? undefined : CANNOT_GRPC[grpc]);
  if (found === undefined) return undefined;
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  const text = isJson
    ? await response.clone().text()
    : (response.headers.get("grpc-message") ?? "");
  return { lasts: found === "always", reason: messageIn(text) ?? `status ${response.status}` };
}

/** Returns the message of an error of REST (`error`) or of Connect (`message`). */
function messageIn(text: string): string | undefined {
  try {
    const { error, message } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return [error, message].find((each) => typeof each === "string" && each !== "") as string;
  } catch {
    return text === "" ? undefined : text;
  }
}
