/** A port whose plain requests are answered without `node:http`, and raw clients of it. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import type { ApiHandler } from "../../../src/http/apis.ts";
import type { ReceivedRequest } from "../../../src/http/received-request.ts";
import { Reply, type ReplyParts } from "../../../src/http/reply.ts";
import { openOnePort } from "../../../src/runtime/http2/one-port.ts";
import type { Fetch } from "../../../src/runtime/listener.ts";

export type Answer = (request: ReceivedRequest) => ReplyParts | Promise<ReplyParts>;

export const reply = (body: ReplyParts["body"], status = 200): ReplyParts => ({
  status,
  body,
  type: "text/plain",
});

/** Answers everything "other". */
const answerOther = (): Response => new Response("other");

/** A port with these APIs, beside which everything else is answered by `other`. */
export async function open(
  answers: Readonly<Record<string, Answer>>,
  closes = false,
  other: Fetch = answerOther,
) {
  const apis = new Map(
    Object.entries(answers).map(([path, make]): [string, ApiHandler] => {
      const answer = async (request: ReceivedRequest): Promise<Reply> =>
        Object.assign(new Reply("id", await make(request)), { closes });
      return [path, { takesAll: false, answer, respond: () => assert.fail("through fetch()") }];
    }),
  );
  const fetch = Object.assign(async (request: Request) => await other(request), { apis });
  const listener = await openOnePort(() => {}, fetch, { host: "127.0.0.1", port: 0 });
  return { ...listener, [Symbol.asyncDispose]: () => listener.close(0) };
}

/** A client, and what it has received. */
export function client(port: number) {
  const socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
  const state = { socket, text: "", isClosed: false, bodies: (): string[] => bodiesIn(state.text) };
  socket.on("data", (chunk: string) => {
    state.text += chunk;
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    state.isClosed = true;
  });
  return state;
}

/** The bodies of complete answers of known lengths, each with its status. */
export function bodiesIn(text: string): string[] {
  const head = text.indexOf("\r\n\r\n");
  const [, status, length] =
    /^HTTP\/1\.1 (\d+)[\s\S]*?content-length: (\d+)/i.exec(text.slice(0, head)) ?? [];
  const end = head + 4 + Number(length);
  if (head === -1 || length === undefined || text.length < end) return [];
  return [`${status} ${text.slice(head + 4, end)}`, ...bodiesIn(text.slice(end))];
}

export const post = (path: string, body: string, length = body.length): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${body}`;

export const echo: Answer = async (request) => reply(new Uint8Array(await request.bytes()));
