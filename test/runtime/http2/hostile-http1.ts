/** What hostile or broken clients send to a port that speaks HTTP/1.1, by name. */

/** A request that comes whole. */
function request(line: string, headers: readonly string[] = ["Host: a"], body = ""): string {
  return [line, ...headers, "", body].join("\r\n");
}

const chunked = ["Host: a", "Transfer-Encoding: chunked"];
const unary = "POST /echo.Echo/Unary HTTP/1.1";

/** All of them. */
export const HOSTILE_HTTP1: Readonly<Record<string, string>> = {
  "an empty line": "\r\n",
  "line feeds alone": "GET / HTTP/1.1\nHost: a\n\n",
  "HTTP/1.0": request("GET / HTTP/1.0"),
  "HTTP/1.0 without a host": request("POST /echo.Echo/Unary HTTP/1.0", ["Content-Length: 0"]),
  "HTTP/0.9": "GET /\r\n",
  "HTTP/3.0": request("GET / HTTP/3.0"),
  "an invalid host": request(unary, ["Host: [", "Content-Length: 0"]),
  "an empty host": request(unary, ["Host:", "Content-Length: 0"]),
  "two hosts": request(unary, ["Host: a", "Host: b", "Content-Length: 0"]),
  "no host": request(unary, ["Content-Length: 0"]),
  "a path that is a URL": request("GET http://[/ HTTP/1.1"),
  "a path without a slash": request("GET echo HTTP/1.1"),
  "a path with dots": request("GET /../../etc/passwd HTTP/1.1"),
  "a path that is not UTF-8": request("GET /%ff\xff HTTP/1.1"),
  "a long path": request(`GET /${"x".repeat(100_000)} HTTP/1.1`),
  "an asterisk": request("OPTIONS * HTTP/1.1"),
  "the method CONNECT": request("CONNECT a:80 HTTP/1.1"),
  "the method PRI": request("PRI /a HTTP/1.1"),
  "an invalid method": request("G@T / HTTP/1.1"),
  "a header without a name": request("GET / HTTP/1.1", ["Host: a", ": a"]),
  "a header with a zero": request("GET / HTTP/1.1", ["Host: a", "b: \0"]),
  "a header that is folded": request("GET / HTTP/1.1", ["Host: a", "b: c", " d"]),
  "headers of 100 KB": request("GET / HTTP/1.1", ["Host: a", `b: ${"x".repeat(100_000)}`]),
  "10,000 headers": request("GET / HTTP/1.1", ["Host: a", ...Array(10_000).fill("b: c")]),
  "an invalid length": request(unary, ["Host: a", "Content-Length: -1"]),
  "two lengths": request(unary, ["Host: a", "Content-Length: 1", "Content-Length: 2"], "ab"),
  "a length and chunks": request(unary, [...chunked, "Content-Length: 3"], "0\r\n\r\n"),
  "a body cut short": request(unary, ["Host: a", "Content-Length: 100"], "abc"),
  "a chunk of an invalid size": request(unary, chunked, "xyz\r\nabc\r\n"),
  "a chunk of 16 EB": request(unary, chunked, "ffffffffffffffff\r\nabc\r\n"),
  "a chunk cut short": request(unary, chunked, "ff\r\nabc"),
  "trailers without end": request(unary, chunked, `0\r\n${"a: b\r\n".repeat(10_000)}`),
  "an expectation": request(unary, ["Host: a", "Content-Length: 3", "Expect: 100-continue"]),
  "an invalid expectation": request(unary, ["Host: a", "Expect: a pony"]),
  "an upgrade to h2c": request("GET / HTTP/1.1", [
    "Host: a",
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
  ]),
  "an upgrade to a WebSocket": request("GET / HTTP/1.1", [
    "Host: a",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  ]),
  "a hundred requests at once": request("GET / HTTP/1.1").repeat(100),
  "a call of gRPC": request(unary, ["Host: a", "Content-Type: application/grpc", "TE: trailers"]),
};
