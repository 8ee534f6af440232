/** What a service leaves unhandled is logged whole and counted; no caller can end a server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type CliOptions, logged, type Running, runCli, startCli } from "../support/cli.ts";
import { samplesIn } from "../support/exposition.ts";
import { until } from "../support/until.ts";

const careless = fileURLToPath(new URL("./fixtures/careless.ts", import.meta.url));
const limits = { timeout: 300_000 };

async function started(flags: readonly string[] = [], options: CliOptions = {}) {
  const args = ["serve", careless, "--no-grpc", "--backend", "wasm", ...flags];
  return await startCli(args, options, /Serving \S+ on (http:\S+)[\s\S]*Runner native/);
}

async function post({ url }: Running, path: string, value = 1): Promise<unknown> {
  const response = await fetch(`${url}/${path}`, { method: "POST", body: String(value) });
  assert.equal(response.status, 200, path);
  return await response.json();
}

async function counted({ url }: Running): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return samplesIn(text, "ekiben_uncaught_errors_total");
}

const count = (rejection: number, exception: number): Record<string, number> => ({
  'ekiben_uncaught_errors_total{kind="rejection"}': rejection,
  'ekiben_uncaught_errors_total{kind="exception"}': exception,
});

test("ekiben serve logs and counts unhandled rejections, and goes on", limits, async () => {
  await using server = await started();
  assert.deepEqual(await counted(server), count(0, 0), "shown from the start");
  for (const path of ["rejection", "nothing", "worker_rejection"]) {
    assert.equal(await post(server, path), "answered");
  }
  await until(() => server.output.includes("left unhandled in a worker"));
  // Whole: where each was made, and the cause with its own place.
  const error = (text: string, file: string) =>
    new RegExp(`${text}\\n +at [^\\n]*${file}[\\s\\S]*?its root\\n +at [^\\n]*${file}`);
  await logged(
    server,
    error("Unhandled rejection: Error: left unhandled in a promise", "careless.ts"),
  );
  await logged(server, /Unhandled rejection: undefined/);
  const where = "Unhandled rejection in worker 1 of runner moody: Error";
  await logged(server, error(`${where}: left unhandled in a worker`, "moody.ts"));
  await until(async () => (await counted(server))[Object.keys(count(3, 0))[0] ?? ""] === 3);
  assert.equal(await post(server, "echo"), 1);
  assert.doesNotMatch(server.output, /is lost/);
});

test("ekiben serve loses a worker alone for its uncaught exception", limits, async () => {
  await using server = await started();
  const lost = await fetch(`${server.url}/worker_exception`, { method: "POST", body: "1" });
  assert.equal(lost.status, 503);
  assert.doesNotMatch(await lost.text(), /thrown outside/, "those words are for the log");
  await logged(server, /Unhandled exception in worker 1 of runner moody: Error: thrown out/);
  await logged(server, /Caused by: Error: its root/);
  await logged(server, /Worker 1 of runner moody is lost: it ended: thrown outside/);
  assert.deepEqual(await counted(server), count(0, 2), "the call has run twice");
  assert.equal(await post(server, "echo"), 1);
});

test("ekiben serve drains and ends with 1 after an uncaught exception", limits, async () => {
  await using server = await started();
  assert.equal(await post(server, "during"), "answered", "what is under way is finished");
  const { code, output } = await server.ended;
  assert.equal(code, 1, output);
  assert.match(output, /Uncaught exception: Error: left unhandled in a timer\n +at /);
  assert.match(output, /its root/);
});

test("ekiben serve accepts requests during its lead after an exception", limits, async () => {
  await using server = await started(["--drain-lead", "3600"]);
  await post(server, "timer");
  await until(async () => (await fetch(`${server.url}/readyz`)).status === 503);
  assert.equal(await post(server, "echo", 7), 7);
  const again = setInterval(() => server.kill("SIGTERM"), 250);
  await until(() => /Stopping at once/.test(server.output));
  clearInterval(again);
  const { code } = await server.ended;
  assert.equal(code, 1);
});

const goingOn: readonly [string, Readonly<Record<string, string>>][] = [
  ["api_server.on_uncaught", { EKIBEN_CONFIG_OPTIONS: "api_server.on_uncaught=continue" }],
  [
    "EKIBEN_ON_UNCAUGHT, which goes first,",
    {
      EKIBEN_ON_UNCAUGHT: "continue",
      EKIBEN_CONFIG_OPTIONS: "api_server.on_uncaught=drain",
    },
  ],
];
for (const [what, env] of goingOn) {
  test(`ekiben serve goes on after an uncaught exception by ${what}`, limits, async () => {
    await using server = await started([], { env });
    for (const path of ["timer", "event", "timer"]) await post(server, path);
    await until(async () => Object.values(await counted(server)).includes(3));
    assert.deepEqual(await counted(server), count(0, 3));
    await logged(server, /Uncaught exception: Error: left unhandled in an emitter/);
    assert.equal(await post(server, "echo"), 1);
    server.kill("SIGTERM");
    assert.equal((await server.ended).code, 0);
  });
}

test("ekiben serve refuses an unknown policy, and lists the policies", limits, async () => {
  const flag = await runCli(["serve", careless, "--on-uncaught", "ignore"]);
  assert.equal(flag.code, 2);
  assert.match(flag.output, /'ignore' is invalid.*drain, continue/);
  const env = { EKIBEN_CONFIG_OPTIONS: "api_server.on_uncaught=ignore" };
  const key = await runCli(["serve", careless], { env });
  assert.equal(key.code, 1);
  assert.match(key.output, /"api_server\.on_uncaught" must be drain or continue, but was "ignore"/);
});

test("ekiben serve survives the readers of its output", limits, async () => {
  await using server = await started();
  server.closeOutput();
  for (let call = 0; call < 3; call++) {
    // Each is logged.
    const failed = await fetch(`${server.url}/failure`, { method: "POST", body: "1" });
    assert.equal(failed.status, 500);
    await post(server, "rejection");
  }
  assert.equal(await post(server, "echo"), 1);
  assert.deepEqual(await counted(server), count(3, 0));
  server.kill("SIGTERM");
  assert.equal((await server.ended).code, 0);
});

test("ekiben serve waits for requests with a grace beyond the longest timer", limits, async () => {
  await using server = await started(["--grace", "9999999"]);
  const paused = post(server, "pause", 500);
  await post(server, "echo");
  server.kill("SIGTERM");
  // A timer for more than 24 days fires at once.
  assert.equal(await paused, "paused");
  assert.equal((await server.ended).code, 0);
});

test("ekiben serve ends at a signal with a worker inside native code", limits, async () => {
  await using server = await started(["--grace", "1"]);
  const lost = await fetch(`${server.url}/infer`, { method: "POST", body: "200000" });
  assert.equal(lost.status, 504);
  await logged(server, /worker 1 of runner native is busy and cannot be stopped/);
  server.kill("SIGTERM");
  const { code, output } = await server.ended;
  assert.equal(code, 0, output);
});
