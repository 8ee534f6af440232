/** plainHead(): the heads of requests that every parser of HTTP/1.1 reads in the same way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { plainHead } from "../../../src/runtime/plain/plain-head.ts";

const head = (line: string, ...headers: string[]): string => [line, ...headers].join("\r\n");
const POST = "POST /a HTTP/1.1";

test("plainHead() reads a plain head", () => {
  const text = head("POST /a?b=/c HTTP/1.1", "Host: a:80", "X-Id:  b c ", "content-length: 12");
  const read = plainHead(text);
  assert.deepEqual(read && { ...read, headers: [...read.headers] }, {
    method: "POST",
    target: "/a?b=/c",
    url: "http://a:80/a?b=/c",
    length: 12,
    headers: [
      ["host", "a:80"],
      ["x-id", "b c"],
      ["content-length", "12"],
    ],
  });
});

const PLAIN: Readonly<Record<string, string>> = {
  "no body": head(POST, "Host: a"),
  "an empty body": head(POST, "Host: a", "Content-Length: 0"),
  "an empty header": head(POST, "Host: a", "B:"),
  "a connection to be kept": head(POST, "Host: a", "Connection: Keep-Alive"),
  "the largest length": head(POST, "Host: a", "Content-Length: 67108864"),
  "another method": head("GET /a HTTP/1.1", "Host: a"),
  "a method with a body": head("PUT /a HTTP/1.1", "Host: a", "Content-Length: 3"),
  "a method that should have none": head("DELETE /a HTTP/1.1", "Host: a", "Content-Length: 3"),
};

const OTHER: Readonly<Record<string, string>> = {
  nothing: "",
  "no headers": POST,
  "an unknown method": head("TRACE /a HTTP/1.1", "Host: a"),
  "CONNECT, to a path": head("CONNECT /a HTTP/1.1", "Host: a"),
  "OPTIONS, to all": head("OPTIONS * HTTP/1.1", "Host: a"),
  "GET with a body": head("GET /a HTTP/1.1", "Host: a", "Content-Length: 3"),
  "HEAD with a body": head("HEAD /a HTTP/1.1", "Host: a", "Content-Length: 3"),
  "a method in lower case": head("post /a HTTP/1.1", "Host: a"),
  "HTTP/1.0": head("POST /a HTTP/1.0", "Host: a"),
  "two spaces": head("POST  /a HTTP/1.1", "Host: a"),
  "a space in the path": head("POST /a b HTTP/1.1", "Host: a"),
  "a fragment": head("POST /a#b HTTP/1.1", "Host: a"),
  "a whole URL": head("POST http://a/b HTTP/1.1", "Host: a"),
  "an escape sequence in the path": head("POST /a\x1b HTTP/1.1", "Host: a"),
  "a path beyond ASCII": head("POST /\xff HTTP/1.1", "Host: a"),
  "an empty line first": head("", POST, "Host: a"),
  "an empty line": head(POST, "", "Host: a"),
  "a line feed alone": head(POST, "Host: a\nContent-Length: 3"),
  "a carriage return alone": head(POST, "Host: a\rContent-Length: 3"),
  "a zero": head(POST, "Host: a", "B: \0"),
  "a tab": head(POST, "Host: a", "B:\tc"),
  "a value beyond ASCII": head(POST, "Host: a", "B: \xa0"),
  "a folded header": head(POST, "Host: a", "B: c", " d"),
  "a header without a name": head(POST, "Host: a", ": b"),
  "a header without a colon": head(POST, "Host: a", "b"),
  "a space before the colon": head(POST, "Host: a", "Content-Length : 3"),
  "a name that is no token": head(POST, "Host: a", "b(c): d"),
  "no host": head(POST, "Content-Length: 3"),
  "an empty host": head(POST, "Host:"),
  "an invalid host": head(POST, "Host: a/b"),
  "two hosts": head(POST, "Host: a", "host: a"),
  "two lengths": head(POST, "Host: a", "Content-Length: 3", "content-length: 3"),
  "two of another header": head(POST, "Host: a", "Accept: b", "Accept: c"),
  "a longer body": head(POST, "Host: a", "Content-Length: 67108865"),
  "a length of many digits": head(POST, "Host: a", "Content-Length: 0000003"),
  "a negative length": head(POST, "Host: a", "Content-Length: -3"),
  "a length in hexadecimal": head(POST, "Host: a", "Content-Length: 0x3"),
  "two lengths in one": head(POST, "Host: a", "Content-Length: 3, 3"),
  "an empty length": head(POST, "Host: a", "Content-Length:"),
  chunks: head(POST, "Host: a", "Transfer-Encoding: chunked"),
  "an expectation": head(POST, "Host: a", "Expect: 100-continue"),
  "an upgrade": head(POST, "Host: a", "Connection: keep-alive", "Upgrade: h2c"),
  "a word of old proxies": head(POST, "Host: a", "Proxy-Connection: close"),
  "the end of the connection": head(POST, "Host: a", "Connection: close"),
};

for (const [cases, isPlain] of [
  [PLAIN, true],
  [OTHER, false],
] as const) {
  for (const [name, text] of Object.entries(cases)) {
    test(`A head with ${name} is ${isPlain ? "plain" : "left to the runtime"}`, () => {
      assert.equal(plainHead(text) !== undefined, isPlain);
    });
  }
}
