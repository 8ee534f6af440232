/** How a server of the command line stops, with callers that are still sending. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCli } from "../support/cli.ts";
import { until } from "../support/until.ts";

const slow = fileURLToPath(new URL("./fixtures/slow.ts", import.meta.url));

function post(url: string, value: unknown): Promise<Response> {
  return fetch(url, { method: "POST", body: JSON.stringify(value) });
}

for (const ports of ["two ports", "one port"] as const) {
  const flags = ports === "one port" ? ["--one-port"] : [];
  test(`ekiben serve takes requests on during its lead, and no longer after a second signal, with \
${ports}`, async () => {
    await using server = await startCli(["serve", slow, "--drain-lead", "3600", ...flags]);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    server.kill("SIGTERM");
    await until(async () => (await fetch(`${server.url}/readyz`)).status === 503);
    const response = await post(`${server.url}/echo`, "still here");
    assert.deepEqual([response.status, await response.json()], [200, "still here"]);
    assert.equal(response.headers.get("connection")?.toLowerCase(), "close");
    assert.equal((await fetch(`${server.url}/livez`)).status, 200);
    const call = post(`${server.url}/spin`, 60_000).catch(() => "closed");
    const again = setInterval(() => server.kill("SIGTERM"), 250);
    void server.ended.then(() => clearInterval(again));
    await until(() => /Stopping at once/.test(server.output));
    clearInterval(again);
    const { code } = await server.ended;
    assert.equal(code, 0);
    await call;
  });
}

test("ekiben serve ends with 0 if a signal comes again at its end", async () => {
  const file = fileURLToPath(new URL("./fixtures/late-signal.ts", import.meta.url));
  await using server = await startCli(["serve", file, "--drain-lead", "0"], {}, /on (http:\S+)/);
  server.kill("SIGTERM");
  assert.equal((await server.ended).code, 0);
});

test("ekiben serve takes its lead from the environment", async () => {
  await using server = await startCli(["serve", slow], { env: { EKIBEN_DRAIN_LEAD: "1" } });
  server.kill("SIGTERM");
  const { code, output } = await server.ended;
  assert.match(output, /no longer ready, and taking requests for 1 more seconds/);
  assert.equal(code, 0);
});

test("ekiben serve finishes the requests under way at SIGHUP, and ends with 0", async () => {
  // As if the tests themselves were not run by nohup.
  await using server = await startCli(["serve", slow], { env: { _: "" } });
  const call = post(`${server.url}/spin`, 500);
  await until(() => post(`${server.url}/echo`, 1).then((response) => response.ok));
  server.kill("SIGHUP");
  assert.equal(await (await call).json(), "spun");
  const { code } = await server.ended;
  assert.equal(code, 0);
});

const program = fileURLToPath(new URL("./fixtures/two-servers.ts", import.meta.url));

for (const [what, code] of [
  ["a signal", 0],
  ["an uncaught exception", 1],
] as const) {
  test(`two servers of a program both finish their requests after ${what}`, async () => {
    const ready = /Serving first on (http:\S+)/;
    await using server = await startCli([], { script: program }, ready);
    const call = post(`${server.url}/pause`, 700);
    if (code === 0) {
      await until(() => post(`${server.url}/pause`, 0).then((response) => response.ok));
      server.kill("SIGTERM");
    } else {
      await post(`${server.url}/timer`, 0);
    }
    assert.equal(await (await call).json(), "paused");
    assert.equal((await server.ended).code, code);
  });
}
