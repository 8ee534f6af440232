/**
 * The transport of REST.
 * @module
 */

import type { IoFacts } from "../schema/io-facts.ts";
import { itemsOf } from "../server-events.ts";
import { acceptOf, type Content, decodedValue } from "./answer.ts";
import { bodyOf } from "./body.ts";
import type { ApiFacts } from "./facts.ts";
import { failureOf, reading } from "./failure.ts";
import { send } from "./send.ts";
import type { Attempt, Outcome, Place, Transport } from "./transport.ts";

const EVENTS = "text/event-stream";

/** Sends a call as a POST to the route of its API. */
export const rest: Transport = {
  async open(place, api, input) {
    const { content, type } = await bodyOf(input, api.input, api.inputType);
    return (attempt) => call(place, api, { content, type }, attempt);
  },
};

async function call(
  place: Place,
  { path, output }: ApiFacts,
  { content, type }: Awaited<ReturnType<typeof bodyOf>>,
  { headers, timeoutMs, lane, signal, onResponse }: Attempt,
): Promise<Outcome> {
  if (type !== undefined) headers.set("content-type", type);
  if (!headers.has("accept")) headers.set("accept", `${acceptOf(output)}, ${EVENTS}`);
  if (timeoutMs !== undefined) headers.set("request-timeout", `${Math.ceil(timeoutMs)}ms`);
  if (lane !== undefined) headers.set("ekiben-lane", lane);
  const init = { method: "POST", headers, body: content, signal };
  const response = await send(place, place.base + path, init);
  onResponse?.(response);
  if (!response.ok) throw await failureOf(response);
  return await outcomeOf(response, output);
}

async function outcomeOf(response: Response, output: IoFacts): Promise<Outcome> {
  const { headers, body } = response;
  const type = headers.get("content-type") ?? undefined;
  if (body !== null && type?.startsWith(EVENTS) === true) {
    return { items: decoded(body, output, headers.get("x-request-id") ?? undefined) };
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  // A stream without items has no first one, whose type would be that of the answer.
  if (bytes.length === 0 && type === undefined) return { items: none() };
  const filename = filenameOf(headers.get("content-disposition") ?? "");
  return { value: await readAnswer({ bytes, type, filename }, output) };
}

async function* decoded(
  body: ReadableStream<Uint8Array>,
  output: IoFacts,
  requestId: string | undefined,
): AsyncGenerator<unknown, void, undefined> {
  for await (const bytes of itemsOf(body, requestId)) {
    yield await readAnswer({ bytes, type: undefined }, output);
  }
}

function readAnswer(content: Content, output: IoFacts): Promise<unknown> {
  return reading("the answer", () => decodedValue(content, output));
}

async function* none(): AsyncGenerator<never, void, undefined> {}

/** Returns the name of a file (RFC 6266). */
function filenameOf(disposition: string): string | undefined {
  const full = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  if (full !== undefined) return decodeURIComponent(full);
  return /filename="([^"]*)"/i.exec(disposition)?.[1];
}
