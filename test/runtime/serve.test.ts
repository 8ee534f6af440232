import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { api, json, runner, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import moody from "../runner/fixtures/moody.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

/** A service whose requests can be watched and held. */
function observed() {
  const seen = { started: 0, aborted: 0, reasons: [] as string[] };
  const held: (() => void)[] = [];
  const definition = service("observed", {
    apis: {
      upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()),
      hold: api({ input: text(), output: text() }, (_, { signal }) => {
        seen.started += 1;
        signal.addEventListener("abort", () => {
          seen.aborted += 1;
          seen.reasons.push((signal.reason as Error).message);
        });
        return new Promise<string>((resolve) => held.push(() => resolve("released")));
      }),
    },
  });
  const release = (): void => {
    for (const free of held.splice(0)) free();
  };
  return { seen, definition, release };
}

const settings = { port: 0, host: "127.0.0.1", signals: false } as const;

/** Sends bytes as they are and collects what comes back until the server closes. */
function raw(port: number, bytes: string, end: "half-close" | "vanish" | "wait"): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(bytes, () => {
        if (end === "half-close") socket.end();
        if (end === "vanish") setTimeout(() => socket.destroy(), 50);
      });
    });
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      answer += chunk;
      if (end === "wait") socket.end();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

test("serve() answers over a socket", async () => {
  using _ = silenced();
  await using server = await serve(observed().definition, settings);
  const response = await fetch(`${server.url}/upper`, { method: "POST", body: "hello" });
  assert.equal(await response.text(), "HELLO");
  assert.match(server.url, new RegExp(`^http://127\\.0\\.0\\.1:${server.port}$`));
});

test("serve() accepts the largest body, and answers 413 to one byte more", async () => {
  using _ = silenced();
  const { definition } = observed();
  await using server = await serve(definition, { ...settings, maxBodyBytes: 3_000_000 });
  for (const [length, status] of [
    [3_000_000, 200],
    [3_000_001, 413],
  ] as const) {
    const body = "x".repeat(length);
    const response = await fetch(`${server.url}/upper`, { method: "POST", body });
    assert.equal(response.status, status);
    await response.text();
  }
});

test("serve() answers 413 to a body without end, and ends its connection", async () => {
  using _ = silenced();
  const { definition } = observed();
  await using server = await serve(definition, { ...settings, maxBodyBytes: 100_000 });
  const socket = connect(server.port, "127.0.0.1");
  socket.write("POST /upper HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  // Not as fast as can be: a client that only ever writes is reset before it has read anything.
  const sending = setInterval(() => socket.write(chunk), 5);
  let answer = "";
  socket.setEncoding("utf8").on("data", (text) => {
    answer += text;
  });
  socket.on("error", () => {}); // reset by the server: what is wanted
  await new Promise((resolve) => socket.on("close", resolve));
  clearInterval(sending);
  assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*"code":"payload_too_large"/);
});

const malformed: readonly [string, string, "half-close" | "vanish" | "wait"][] = [
  ["garbage", "\x16\x03\x01 not http\r\n\r\n", "half-close"],
  ["a bad Host", "GET / HTTP/1.1\r\nHost: [\r\n\r\n", "wait"],
  ["no Host, in HTTP/1.0", "GET /livez HTTP/1.0\r\n\r\n", "half-close"],
  ["a bad length", "POST /upper HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", "half-close"],
  [
    "a bad chunk",
    "POST /upper HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "half-close",
  ],
  [
    "a body that is cut short",
    "POST /upper HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
    "half-close",
  ],
  [
    "a caller that vanishes",
    "POST /upper HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
    "vanish",
  ],
  [
    "a path that is not UTF-8",
    "POST /%ff%fe HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "wait",
  ],
];
for (const [what, bytes, end] of malformed) {
  test(`serve() survives ${what}, and answers no error of its own`, async () => {
    using _ = silenced();
    await using server = await serve(observed().definition, settings);
    const answer = await raw(server.port, bytes, end);
    assert.doesNotMatch(answer, /^HTTP\/1\.\d 5/);
    const response = await fetch(`${server.url}/upper`, { method: "POST", body: "alive" });
    assert.equal(await response.text(), "ALIVE");
  });
}

test("serve() aborts a handler's signal when its caller disconnects", async () => {
  using _ = silenced();
  const { definition, seen, release } = observed();
  await using server = await serve(definition, settings);
  const caller = new AbortController();
  const call = fetch(`${server.url}/hold`, { method: "POST", body: "", signal: caller.signal });
  await until(() => seen.started === 1);
  caller.abort();
  await assert.rejects(call);
  await until(() => seen.aborted === 1);
  assert.deepEqual(seen.reasons, ["The caller closed the request"]);
  release();
});

test("serve() finishes the requests under way when it closes, and no others", async () => {
  using _ = silenced();
  const { definition, seen, release } = observed();
  const server = await serve(definition, settings);
  const call = fetch(`${server.url}/hold`, { method: "POST", body: "" });
  await until(() => seen.started === 1);
  const closed = server.close();
  await until(async () => {
    // On a connection that was there before: the port opens no new ones.
    const sent = globalThis.fetch(`${server.url}/upper`, { method: "POST", body: "" });
    const late = await sent.catch(() => null);
    await late?.body?.cancel();
    return late === null || late.status === 503;
  });
  release();
  assert.equal(await (await call).text(), "released");
  await closed;
  await assert.rejects(fetch(`${server.url}/livez`));
});

test("serve() closes the remaining connections at the end of the grace", async () => {
  using _ = silenced();
  const { definition, seen } = observed();
  const server = await serve(definition, { ...settings, graceMs: 50 });
  const call = fetch(`${server.url}/hold`, { method: "POST", body: "" }).then(
    (response) => response.status,
    () => "closed",
  );
  await until(() => seen.started === 1);
  await server.close();
  assert.equal(await call, "closed");
});

test("serve() starts and stops the runners of its service", async () => {
  using output = silenced();
  const moods = runner(moody, { name: "moody", workers: 2, params: {} });
  const definition = service("moods", {
    runners: [moods],
    apis: { echo: api({ input: json<unknown>(), output: json<unknown>() }, (x) => moods.echo(x)) },
  });
  const server = await serve(definition, settings);
  assert.match(
    output.text,
    /Serving moods on http:\/\/127\.0\.0\.1:\d+ and grpc:\S+ with (Bun|Deno|Node) \d/,
  );
  assert.match(output.text, /Runner moody: 2 workers/);
  const response = await fetch(`${server.url}/echo`, { method: "POST", body: '{"a":[1]}' });
  assert.deepEqual(await response.json(), { a: [1] });
  await server.close();
  assert.equal(moods.ready, false);
});

test("serve() refuses a port in use, and leaves nothing running", async () => {
  using _ = silenced();
  await using first = await serve(observed().definition, settings);
  const moods = runner(moody, { workers: 1, params: {} });
  const second = service("second", { runners: [moods], apis: {} });
  await assert.rejects(serve(second, { ...settings, port: first.port }), (error: Error) => {
    const [start, end] = error.message.split("the port is in use");
    assert.equal(start, `Cannot listen on 127.0.0.1:${first.port}: `);
    const holder = process.platform === "linux" ? " by this process" : "";
    assert.equal(end, `${holder}. Stop that, or take another port (0 is any that is free)`);
    return true;
  });
  assert.equal(moods.ready, false);
});

test("serve() opens gRPC on an address of its own", async () => {
  using output = silenced();
  await using server = await serve(observed().definition, { ...settings, grpcHost: "localhost" });
  const where = `http://127.0.0.1:${server.port} and grpc://localhost:${server.grpcPort} `;
  assert.ok(output.text.includes(where), output.text);
});

for (const [given, options] of [
  ['"grpcPort" was 3001', { grpcPort: 3001 }],
  ['"grpcPort" was false', { grpcPort: false }],
  ['"grpcHost" was 127.0.0.2', { grpcHost: "127.0.0.2" }],
] as const) {
  test(`serve() refuses that ${given} where there is one port`, async () => {
    await assert.rejects(serve(observed().definition, { ...settings, ...options, onePort: true }), {
      message: `${given}, but with "onePort" (--one-port) or "tls" there is one port: leave it out`,
    });
  });
}

test("serve() refuses another machine's address, and an invalid port", async () => {
  using _ = silenced();
  const elsewhere = serve(observed().definition, { ...settings, host: "192.0.2.1" });
  await assert.rejects(elsewhere, /^Error: Cannot listen on 192\.0\.2\.1:0: /);
  for (const port of [-1, 65_536, 1.5, Number.NaN]) {
    const refused = serve(observed().definition, { ...settings, port });
    await assert.rejects(refused, /"port" must be a whole number from 0 to 65535/);
  }
});
