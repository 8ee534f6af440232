/**
 * errorAnswers(): the answers of the errors of an operation, by their statuses.
 * @module
 */

import type { Components, ErrorForm, HeaderName, Ref } from "./components.ts";

type ErrorText = readonly [name: string, text: string, header?: HeaderName];

/** The name and the description of the answer of each status, and a header of its own. */
const ERRORS: Readonly<Record<number, ErrorText>> = {
  400: ["InvalidArgument", "The request, a header or the body is wrong"],
  401: ["Unauthenticated", "The request has no credentials, or wrong ones", "WWW-Authenticate"],
  403: ["PermissionDenied", "The caller, or the web page that it comes from, may not do this"],
  404: ["NotFound", "There is nothing of that name, such as a model or a version"],
  405: ["MethodNotAllowed", "The method is not one of those that the header Allow names"],
  412: ["ModelMismatch", "The model that would answer is none of If-Model"],
  413: ["PayloadTooLarge", "The body, or what it unpacks to, is too large"],
  415: ["UnsupportedMediaType", "The body has a media type or an encoding that is not read"],
  417: ["ExpectationFailed", 'The request has an Expect other than "100-continue"'],
  422: ["FailedPrecondition", "The answer cannot be written in the form that was asked for"],
  429: ["ResourceExhausted", "There are too many requests", "Retry-After"],
  500: ["Internal", "An error of the server, whose cause is in its log"],
  501: ["Unimplemented", "The server does not do this"],
  503: ["Unavailable", "The server is not ready, or could not answer in time", "Retry-After"],
  504: ["DeadlineExceeded", "The request took longer than the server or its caller allows"],
};

/** The answer to everything else. */
const OTHER = "Another error, of a handler or of middleware";

/** Returns the answers of statuses. */
export function errorAnswers(
  components: Components,
  statuses: readonly number[],
  form: ErrorForm = "Error",
): Readonly<Record<string, Ref>> {
  const prefix = form === "Error" ? "" : "Inference";
  const known = statuses.flatMap((status) => {
    const [name, text, header] = ERRORS[status] ?? [];
    if (name === undefined || text === undefined) return [];
    const own = header === undefined ? [] : [header];
    const headers = isAboutCaller(status) ? [...own, ...components.rateHeaders] : own;
    return [[status, components.error(`${prefix}${name}`, text, form, headers)] as const];
  });
  return Object.fromEntries(known);
}

/** Returns true if an answer is of the rules of access, which count requests. */
function isAboutCaller(status: number): boolean {
  return status === 401 || status === 429;
}

/** Returns the answer to every error that has no status of its own in the document. */
export function otherError(components: Components): Readonly<Record<string, Ref>> {
  return { default: components.error("OtherError", OTHER, "Error", ["Retry-After"]) };
}

/** Returns the answer to a caller that has the answer already. */
export function notModified(components: Components): object {
  const headers = components.headers("X-Request-Id", "ETag", "Cache-Control", "Vary");
  return { 304: { description: "The caller has the answer that If-None-Match names", headers } };
}
