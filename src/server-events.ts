/**
 * Server-sent events (HTML standard, section 9.2), as a server frames the items of a stream; read
 * by the client and by the page.
 * @module
 */

import { isCode, ServiceError } from "./error.ts";

/** One event. */
interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/**
 * Yields the items of a stream as bytes. Ends the body when the caller stops.
 *
 * @throws ServiceError the error with which the server has ended the stream
 */
export async function* itemsOf(
  body: ReadableStream<Uint8Array>,
  requestId: string | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const encoder = new TextEncoder();
  for await (const { name, data } of eventsOf(body)) {
    if (name === "error") throw failureOf(data, requestId);
    if (name === "base64") yield Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    if (name === "") yield encoder.encode(data);
  }
}

function failureOf(data: string, requestId: string | undefined): ServiceError {
  const { error, code } = JSON.parse(data) as { readonly error: string; readonly code: string };
  return new ServiceError(isCode(code) ? code : "internal", error, { requestId });
}

/**
 * Yields events, whose lines end with a line feed, as servers of Ekiben write them. Each character
 * is read once: an item may be one long line.
 */
async function* eventsOf(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [name, line] = ["", ""];
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const [first = "", ...more] = decoder.decode(value, { stream: !done }).split("\n");
      line += first;
      for (const next of more) {
        if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
        else if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line === "") {
          if (data.length > 0) yield { name, data: data.join("\n") };
          name = "";
          data = [];
        }
        line = next;
      }
      if (done) return;
    }
  } finally {
    // Without an effect at the end of the body; before it, the server learns that nobody reads on.
    reader.cancel().catch(() => {});
  }
}
