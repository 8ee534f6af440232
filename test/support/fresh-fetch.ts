/** Requests on connections of their own: fetch() may use one again that leads to an old server. */
import { Buffer } from "node:buffer";
import { request } from "node:http";

/** Sends a request on a new connection, and returns the whole answer. */
export function freshFetch(
  url: string,
  { method = "GET", headers = {}, body = "" }: FreshRequest = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const given = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        const init = { status: answer.statusCode ?? 0, headers: Object.fromEntries(given) };
        resolve(new Response(Buffer.concat(chunks), init));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

interface FreshRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
