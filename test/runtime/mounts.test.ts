/** Mounted applications on a runtime's own server: bodies that stream, both ways. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { service } from "ekiben";
import { serve } from "ekiben/serve";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";

const MIB = 2 ** 20;

/** What a mounted application may do with its request. */
async function site(incoming: Request): Promise<Response> {
  switch (new URL(incoming.url).pathname) {
    case "/echo":
      return new Response(incoming.body);
    case "/length": {
      let length = 0;
      for await (const chunk of incoming.body ?? []) length += chunk.length;
      return new Response(`${length}`);
    }
    case "/ignore":
      return new Response("not read", { status: 403 });
    case "/where":
      return new Response(new URL(incoming.url).pathname);
    default:
      return new Response(null, { status: 404 });
  }
}

async function open() {
  const made = service("mounting", { apis: {}, mount: { "/site": site } });
  const server = await serve(made, {
    host: "127.0.0.1",
    port: 0,
    grpcPort: false,
    signals: false,
    onUncaught: false,
  });
  return { server, url: `http://127.0.0.1:${server.port}/site` };
}

test("mount: bodies of any length are passed on, whether read or not", async () => {
  using _ = silenced();
  const { server, url } = await open();
  await using _closing = server;
  const body = new Uint8Array(30 * MIB); // more than an API takes
  const post = { method: "POST", body };
  assert.equal(await (await fetch(`${url}/length`, post)).text(), `${body.length}`);
  assert.deepEqual((await (await fetch(`${url}/echo`, post)).bytes()).length, body.length);
  for (let round = 0; round < 3; round++) {
    const ignored = await fetch(`${url}/ignore`, { method: "POST", body: body.subarray(0, MIB) });
    assert.deepEqual([ignored.status, await ignored.text()], [403, "not read"]);
  }
  assert.equal(await (await fetch(`${url}/length`, { method: "POST", body: "abc" })).text(), "3");
});

test("mount: a path with dot segments does not match the mount", async () => {
  using _ = silenced();
  const { server } = await open();
  await using _closing = server;
  for (const path of ["/a/../site/where", "/site/../metrics", "/site/%2e%2e/metrics"]) {
    const socket = connect(server.port, "127.0.0.1");
    socket.end(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
    let answer = "";
    for await (const chunk of socket.setEncoding("utf8")) answer += chunk;
    assert.match(answer, /^HTTP\/1\.1 404 /, path);
  }
});
