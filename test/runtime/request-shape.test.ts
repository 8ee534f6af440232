/** The shapes of requests that every runtime answers alike, and those that it cannot. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { api, json, service, text } from "ekiben";
import { type Server, serve } from "ekiben/serve";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

const upper = api({ input: text(), output: text() }, (value) => value.toUpperCase());
const echo = api({ input: json<unknown>(), output: json<unknown>() }, (value) => value);
const where = { host: "127.0.0.1", port: 0, signals: false } as const;
const servers = new Map<string, Server>();
const shapes = service("shapes", { apis: { upper, echo } });
const shapesToo = service("shapes", { apis: { upper, echo } });
before(async () => {
  using _ = silenced();
  servers.set("two ports", await serve(shapes, where));
  servers.set("one port", await serve(shapesToo, { ...where, onePort: true }));
});
after(async () => {
  for (const server of servers.values()) await server.close();
});

const request = (line: string, headers: readonly string[] = ["Host: a"], body = ""): string =>
  [line, ...headers, "", body].join("\r\n");
const live = (...headers: readonly string[]): string => request("GET /livez HTTP/1.1", headers);
const post = (headers: readonly string[], body: string): string =>
  request("POST /echo HTTP/1.1", ["Host: a", ...headers], body);
const chunked = "Transfer-Encoding: chunked";
const chunks = "1\r\n1\r\n0\r\n\r\n";

/** The shapes, and their status. */
const alike: Readonly<Record<string, readonly [request: string, status: number]>> = {
  "one Host": [live("Host: a"), 200],
  "a Host with a port": [live("Host: a:8080"), 200],
  "a Host that is an address": [live("Host: [::1]:80"), 200],
  "an empty Host": [live("Host:"), 200],
  "no Host, in HTTP/1.0": [request("GET /livez HTTP/1.0", ["X: y"]), 200],
  "two Hosts": [live("Host: a", "Host: b"), 400],
  "the same Host twice": [live("Host: a", "Host: a"), 400],
  "a Host with spaces": [live("Host: a b<>"), 400],
  "a Host that is half an address": [live("Host: ["), 400],
  "a Host with a path": [live("Host: a/livez"), 400],
  "a Host with a query": [live("Host: a?b"), 400],
  "a Host with a user": [live("Host: b@a"), 400],
  "a list of Hosts": [live("Host: a, b"), 400],
  "a Host with an invalid port": [live("Host: a:99999"), 400],
  "a length and chunks": [post(["Content-Length: 5", chunked], chunks), 400],
  "two lengths": [post(["Content-Length: 1", "Content-Length: 2"], "12"), 400],
  "a length with a sign": [post(["Content-Length: +1"], "1"), 400],
  "a length below zero": [post(["Content-Length: -1"], "1"), 400],
  "a space before a colon": [live("Host : a"), 400],
  "a header that is folded": [live("Host: a", "X: a", " b"), 400],
  "a header without a colon": [live("Host: a", "X"), 400],
  "a header without a name": [live("Host: a", ": x"), 400],
  "an unknown coding": [post(["Transfer-Encoding: gzip"], "1"), 400],
  "chunks of an unknown coding": [post(["Transfer-Encoding: gzip, chunked"], chunks), 400],
  "chunks that are not last": [post(["Transfer-Encoding: chunked, identity"], chunks), 400],
  "chunks in HTTP/1.0": [request("POST /echo HTTP/1.0", ["Host: a", chunked], chunks), 400],
  chunks: [post([chunked], chunks), 200],
  "an expectation": [post(["Content-Length: 1", "Expect: 100-continue"], "1"), 200],
  "an unknown expectation": [post(["Content-Length: 1", "Expect: a pony"], "1"), 417],
  "a target that is a URL": [request("GET http://b/livez HTTP/1.1"), 200],
  "a target without a slash": [request("GET livez HTTP/1.1"), 400],
  "dot segments": [request("GET /a/../livez HTTP/1.1"), 404],
  "dot segments at the top": [request("GET /../livez HTTP/1.1"), 404],
  "one dot": [request("GET /./livez HTTP/1.1"), 404],
  "escaped dots": [request("GET /a/%2e%2E/livez HTTP/1.1"), 404],
  "an escaped dot": [request("GET /%2e/livez HTTP/1.1"), 404],
  "dots in a query": [request("GET /livez?a=/../b HTTP/1.1"), 200],
  "dot segments to an API": [
    request("POST /a/../upper HTTP/1.1", ["Host: a", "Content-Length: 1"], "a"),
    404,
  ],
  "dot segments to a call": [
    request(
      "POST /a/../ekiben.v1.Inference/CallStream HTTP/1.1",
      ["Host: a", "Content-Type: application/json", "Content-Length: 2"],
      "{}",
    ),
    404,
  ],
};

/** The answer to a request. The connection is closed when it has come. */
async function answerTo({ port }: Server, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  let isOver = false;
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    answer += chunk;
  });
  for (const event of ["error", "close"] as const) {
    socket.on(event, () => {
      isOver = true;
    });
  }
  socket.write(Buffer.from(bytes, "latin1"));
  await until(() => isOver || /^HTTP\/1\.1 (?!100)[\s\S]*\r\n\r\n/m.test(answer));
  socket.destroy();
  return answer.replace(/^HTTP\/1\.1 100[^\r]*\r\n\r\n/, "");
}

for (const ports of ["two ports", "one port"]) {
  for (const [what, [bytes, status]] of Object.entries(alike)) {
    test(`serve() on ${ports} answers ${what} with ${status}`, async () => {
      const answer = await answerTo(servers.get(ports) as Server, bytes);
      assert.equal(answer.split(" ")[1], String(status), answer);
    });
  }

  for (const path of ["/livez", "/docs.json", "/nowhere"]) {
    test(`serve() on ${ports} answers HEAD ${path} with the length of GET`, async () => {
      const server = servers.get(ports) as Server;
      const [head, get] = await Promise.all(
        ["HEAD", "GET"].map(async (method) => {
          const answer = await answerTo(server, request(`${method} ${path} HTTP/1.1`));
          return /^content-length: *(\d+)/im.exec(answer)?.[1];
        }),
      );
      assert.equal(head, get);
      assert.ok(Number(get) > 0);
    });
  }

  for (const leave of ["end", "destroy", "resetAndDestroy"] as const) {
    test(`serve() on ${ports} counts a disconnect within a request (${leave})`, async () => {
      const { port } = servers.get(ports) as Server;
      const { metrics } = ports === "two ports" ? shapes : shapesToo;
      const left = async (): Promise<number> => {
        const { body } = await metrics.expose(null);
        const line = /_total\{.*"\/upper".*http_response_code="499"\} (\d+)/;
        return Number(line.exec(await new Response(body).text())?.[1] ?? 0);
      };
      const before = await left();
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write("POST /upper HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
      await until(async () => {
        const { body } = await metrics.expose(null);
        return /_in_progress\{.*"\/upper".*\} 1/.test(await new Response(body).text());
      });
      socket[leave]();
      await until(async () => (await left()) === before + 1);
    });
  }
}
