import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { api, json, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

const seen = { aborted: 0, started: 0 };

/** Requests to small APIs take the shortest path through each server. */
const small = () =>
  service("small", {
    apis: {
      echo: api({ input: text(), output: text() }, (value) => value),
      facts: api({ input: text(), output: json() }, (value, { headers, query }) => ({
        value,
        names: query.getAll("name"),
        extra: headers.get("x-extra"),
        type: headers.get("content-type"),
      })),
      words: api({ input: text(), output: text() }, async function* (value) {
        for (const word of value.split(" ")) {
          if (word === "fail") throw new TypeError("a fault of the handler");
          yield word;
        }
      }),
      nothing: api({ input: text(), output: text() }, (_, { response }) => {
        response.status = 204;
        return "not sent";
      }),
      titled: api({ input: text(), output: text() }, (value, { response }) => {
        response.status = 201;
        response.headers.set("x-title", "one");
        response.headers.append("set-cookie", "a=1");
        response.headers.append("set-cookie", "b=2");
        return value;
      }),
      headed: api({ input: text(), output: text() }, (value, { response }) => {
        const [name = "", header = ""] = value.split("=");
        response.headers.set(name, header);
        return "headed";
      }),
      hold: api({ input: text(), output: text() }, async (_, { signal }) => {
        seen.started += 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        seen.aborted += 1;
        return "too late";
      }),
    },
  });

const open = (onePort: boolean) =>
  serve(small(), { port: 0, host: "127.0.0.1", signals: false, onePort });

/** Sends pieces, each in a packet of its own, and returns all that comes back. */
async function exchange(port: number, pieces: readonly string[]): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const closed = once(socket, "close");
  await once(socket, "connect");
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    answer += chunk;
  });
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await closed;
  return answer;
}

const head = (path: string, length: number, more = "") =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n` +
  `${more}\r\n`;
const CLOSE = "Connection: close\r\n";
const post = (path: string, body: string, more = "") => head(path, body.length, more) + body;

for (const onePort of [false, true]) {
  const where = onePort ? "on one port" : "on ports apart";
  for (const [what, pieces, wanted] of [
    ["a body that comes in pieces", [head("/echo", 6, CLOSE), "ab", "cd", "ef"], /\r\n\r\nabcdef$/],
    ["a text that is not ASCII", [head("/echo", 8, CLOSE), "é€日"], /length: 8\r\n.*é€日$/is],
    [
      "two requests in one packet",
      [`${head("/echo", 2)}ab${head("/echo", 2, CLOSE)}cd`],
      /^HTTP\/1.1 200.*\r\n\r\nabHTTP\/1.1 200.*\r\n\r\ncd$/s,
    ],
    [
      "a query and a repeated header",
      [`${head("/facts?name=1&name=2", 1, `X-Extra: a\r\nX-Extra: b\r\n${CLOSE}`)}x`],
      /"names":\["1","2"\],"extra":"a, b","type":"text\/plain"/,
    ],
    ["an answer without a body", [`${head("/nothing", 1, CLOSE)}x`], /^HTTP\/1.1 204 .*\r\n\r\n$/s],
    [
      "headers of the handler",
      [`${head("/titled", 1, CLOSE)}x`],
      /^HTTP\/1.1 201 (?=.*x-title: one)(?=.*set-cookie: a=1).*set-cookie: b=2/is,
    ],
    ["a stream", [`${head("/words", 5, CLOSE)}a b c`], /\r\n\r\n.*a.*b.*c/is],
    [
      "a stream that fails at once",
      [`${head("/words", 4, CLOSE)}fail`],
      /^HTTP\/1.1 500 .*"error":"Internal error"/s,
    ],
    ["its id", [`${head("/echo", 1, `X-Request-Id: mine\r\n${CLOSE}`)}x`], /x-request-id: mine/i],
    [
      "nothing after a handler has closed the connection",
      [post("/headed", "connection=close") + post("/echo", "x")],
      /^HTTP\/1.1 200 (?!.*keep-alive)(?=.*connection: close).*\r\n\r\nheaded$/is,
    ],
    [
      "a date of the handler, once",
      [post("/headed", "date=Thu, 01 Jan 1970 00:00:00 GMT") + post("/echo", "x", CLOSE)],
      /^HTTP\/1.1 200 (?!(?:.*\ndate:){3}).*\ndate: Thu, 01 Jan 1970/is,
    ],
    [
      "with its own length, not a handler's",
      [post("/headed", "transfer-encoding=chunked") + post("/echo", "x", CLOSE)],
      /^HTTP\/1.1 200 (?!.*transfer-encoding:).*length: 6\r\n.*headedHTTP\/1.1 200 .*x$/is,
    ],
    [
      "without trailers that a handler announces",
      [post("/headed", "trailer=x-end") + post("/echo", "x", CLOSE)],
      /^HTTP\/1.1 200 (?!.*trailer:).*headedHTTP\/1.1 200 .*x$/is,
    ],
    ["no body", [head("/echo", 0, CLOSE)], /^HTTP\/1.1 200 /],
  ] as const) {
    test(`serve() answers ${what}, ${where}`, async () => {
      using _ = silenced();
      await using server = await open(onePort);
      assert.match(await exchange(server.port, pieces), wanted);
    });
  }

  test(`serve() aborts a small request when its caller disconnects, ${where}`, async () => {
    using _ = silenced();
    await using server = await open(onePort);
    const { started, aborted } = seen;
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`${head("/hold", 1)}x`);
    await until(() => seen.started > started);
    socket.destroy();
    await until(() => seen.aborted > aborted);
  });

  test(`serve() counts a small request whose body broke off, ${where}`, async () => {
    using _ = silenced();
    await using server = await open(onePort);
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`${head("/echo", 10)}half`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    const counted = /request_total\{[^}]*endpoint="\/echo"[^}]*http_response_code="499"\} 1/;
    await until(async () => counted.test(await (await fetch(`${server.url}/metrics`)).text()));
  });
}
