/** What is refused over HTTP/1.1 before it is a request of the application. */
import type { Sent } from "./ledger-client.ts";

/** Requests of a shape that no server may take, over HTTP/1.1: nothing reads them. */
export const misshapen: readonly Sent[] = [
  { path: "/upper", body: "a", headers: { host: "a b<>" } },
  { path: "/upper", body: "a", headers: { host: "localhost", expect: "200-maybe" } },
];

/** Requests that the parser of `node:http` refuses, with the status. Others report none. */
export const unreadable: Readonly<Record<string, number>> = {
  "HELLO\r\n\r\n": 400,
  "GET /livez HTTP/1.1\r\n\r\n": 400, // without a Host
  "PUNT /upper HTTP/1.1\r\nHost: a\r\n\r\n": 400,
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": 400,
  [`GET /livez HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(100_000)}\r\n\r\n`]: 431,
};
