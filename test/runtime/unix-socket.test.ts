import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { api, json, service, text } from "ekiben";
import { client } from "ekiben/client";
import { type ServeOptions, type Server, serve, serveGrpc } from "ekiben/serve";

const folder = mkdtempSync(join(tmpdir(), "ekiben-unix-"));
after(() => rmSync(folder, { recursive: true }));

const make = () =>
  service("socketed", {
    runners: [],
    apis: {
      who: api({ input: text(), output: text() }, (_, { peer }) => `${peer}`),
      count: api(
        { input: json<number>(), output: json<number>(), stream: true },
        async function* (to) {
          for (let n = 1; n <= to; n++) yield n;
        },
      ),
    },
  });

const open = (name: string, options: ServeOptions = {}): Promise<Server> =>
  serve(make(), { host: `unix:${join(folder, name)}`, signals: false, ...options });

/** Asks for the health over gRPC: the status of HTTP and that of gRPC. */
async function health(path: string): Promise<string[]> {
  const session = connectHttp2("http://localhost", { createConnection: () => connect({ path }) });
  const call = session.request({
    ":method": "POST",
    ":path": "/grpc.health.v1.Health/Check",
    "content-type": "application/grpc",
    te: "trailers",
  });
  const said: string[] = [];
  call.on("response", (headers) => said.push(`${headers[":status"]}`));
  call.on("trailers", (trailers) => said.push(`${trailers["grpc-status"]}`));
  call.resume().end(new Uint8Array(5));
  await once(call, "close");
  session.close();
  return said;
}

for (const onePort of [false, true]) {
  test(`the client calls a server on a socket${onePort ? " with gRPC" : ""}`, async () => {
    const socket = join(folder, `client-${onePort}.sock`);
    const server = await open(`client-${onePort}.sock`, { onePort });
    assert.deepEqual([server.url, server.port], [`unix:${socket}`, 0]);
    assert.equal(statSync(socket).mode & 0o777, 0o660);
    const calls = client<ReturnType<typeof make>>({ socket });
    // More than one connection at once, which have no ports that tell them apart.
    const peers = await Promise.all(Array.from({ length: 5 }, () => calls.who("")));
    assert.deepEqual(new Set(peers), new Set(["unix:"]));
    const numbers: number[] = [];
    for await (const n of calls.count(3)) numbers.push(n);
    assert.deepEqual(numbers, [1, 2, 3]);
    if (onePort) assert.deepEqual(await health(socket), ["200", "0"]);
    await server.close();
    assert.equal(existsSync(socket), false);
    await assert.rejects(calls.who("", { retries: 0 }), { code: "unavailable" });
  });
}

test("a dead server's socket is taken over, a live one's is not", async () => {
  const path = join(folder, "dead.sock");
  const dying = createServer();
  await new Promise<void>((resolve) => dying.listen({ path }, resolve));
  await assert.rejects(open("dead.sock"), /dead\.sock: another server listens there$/);
  assert.equal(existsSync(path), true);
  // A hard link stays when the server removes its own.
  linkSync(path, join(folder, "left.sock"));
  await new Promise((resolve) => dying.close(resolve));
  await using server = await open("left.sock");
  const calls = client<ReturnType<typeof make>>({ socket: join(folder, "left.sock") });
  assert.equal(await calls.who(""), "unix:");
  await assert.rejects(open("left.sock"), /another server listens there$/);
  assert.equal(await calls.who(""), "unix:");
  assert.equal(server.grpcPort, undefined);
});

test("what cannot be a socket is refused", async () => {
  writeFileSync(join(folder, "file"), "kept");
  for (const [name, expected] of [
    ["file", /unix:.*file: there is a file that is no socket$/],
    ["nowhere/a.sock", /its folder does not exist$/],
    ["a".repeat(200), /the path of a socket has at most 10\d bytes, but has 2\d\d$/],
  ] as const) {
    await assert.rejects(open(name), expected);
  }
  assert.equal(existsSync(join(folder, "file")), true);
  const tls = { certFile: "c.pem", keyFile: "k.pem" };
  await assert.rejects(open("t.sock", { tls }), /TLS is not served on unix:|c\.pem/);
  await assert.rejects(open("t.sock", { grpcPort: 3001 }), /gRPC cannot listen on unix:/);
  await assert.rejects(serve(make(), { host: "unix:" }), /a path must follow/);
  const host = `unix:${join(folder, "g.sock")}`;
  await assert.rejects(serveGrpc(make(), { host }), /gRPC alone cannot listen on unix:/);
});

test("a proxy on the socket tells the address of its client, if it is trusted", async () => {
  const socket = join(folder, "proxied.sock");
  for (const [trustedProxies, expected] of [
    [["unix:"], "203.0.113.7"],
    [["loopback"], "unix:"],
  ] as const) {
    await using _ = await open("proxied.sock", { trustedProxies, cors: "https://page.org" });
    const headers = { "x-forwarded-for": "203.0.113.7" };
    const calls = client<ReturnType<typeof make>>({ socket }, { headers });
    assert.equal(await calls.who(""), expected);
  }
});
