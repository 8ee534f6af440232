import assert from "node:assert/strict";
import { test } from "node:test";
import { api, app, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { plainAddress } from "../../src/access/address.ts";
import { CALLERS } from "../runtime/every-protocol.ts";

const whoami = service("whoami", {
  runners: [],
  apis: {
    peer: api({ input: text(), output: text() }, (_, context) => `${context.peer}`),
  },
});

for (const onePort of [false, true]) {
  test(`a handler reads its client's address, on ${onePort ? "one port" : "two"}`, async () => {
    await using server = await serve(whoami, {
      port: 0,
      onePort,
      ...(onePort ? {} : { grpcPort: 0 }),
    });
    for (const [protocol, call] of Object.entries(CALLERS)) {
      const { text, code = 0 } = await call(server, "peer", "?");
      assert.equal(code, 0, `${protocol}: ${text}`);
      assert.match(text, /^(127\.0\.0\.1|::1)$/, protocol);
    }
  });
}

test("app() takes the address from what its host passes beside the request", async () => {
  await using made = app(whoami);
  const cases: readonly [unknown, string][] = [
    [{ requestIP: () => ({ address: "10.0.0.1" }) }, "10.0.0.1"],
    [{ remoteAddr: { hostname: "10.0.0.2" }, completed: Promise.resolve() }, "10.0.0.2"],
    [{ incoming: { socket: { remoteAddress: "::ffff:10.0.0.3" } } }, "10.0.0.3"],
    [{ requestIP: () => null }, "undefined"],
    [undefined, "undefined"],
  ];
  for (const [env, expected] of cases) {
    const request = new Request("http://test/peer", { method: "POST", body: "?" });
    const response = await made.fetch(request, env as object);
    assert.equal(await response.text(), expected);
  }
});

test("plainAddress() shortens an IPv4 address on a socket for IPv6", () => {
  for (const [given, expected] of [
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::FFFF:10.1.2.3", "10.1.2.3"],
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["", undefined],
    [undefined, undefined],
  ] as const) {
    assert.equal(plainAddress(given), expected);
  }
});
