import assert from "node:assert/strict";
import { test } from "node:test";
import { service } from "ekiben";
import { openService } from "ekiben/browser";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { cannotStart, down, greet, openPlaces } from "./places.ts";

test("openService() checks its options", () => {
  const wrong = [
    [{ fallbak: "https://example.com" }, /"fallbak".*"fallback"/],
    [{ policy: "fast" }, /"policy" must be one of "local", "server", "auto", but was "fast"/],
    [{ fallback: "ftp://example.com" }, /"fallback" must be the URL of a server, but was ftp/],
    [{ maxKeptBytes: -1 }, /"maxKeptBytes" must be a whole number from 0 up, but was -1/],
    [{ fallbackTimeoutMs: 0.5 }, /"fallbackTimeoutMs" must be a whole number/],
    [{ timeoutMs: 0 }, /"timeoutMs" must be a whole number from 1 up/],
  ] as const;
  for (const [options, message] of wrong) {
    assert.throws(() => openPlaces(options as object), message);
  }
  const empty = service("empty", { apis: {} });
  assert.throws(
    () => openService(empty, { policy: "server" }),
    /The policy "server" needs the URL of a server: give it as "fallback"/,
  );
  assert.throws(() => openService({} as never), /needs what service\(\) returns/);
});

test("openService() answers here and sends nothing by the policy local", async () => {
  await using places = openPlaces({ policy: "local" });
  const [status, body, place, reason] = await greet(places);
  assert.deepEqual([status, body, place], [200, "Here, Ada", "local"]);
  assert.equal(reason, 'the policy is "local"');
  assert.equal((await places.open.fetch("/metrics")).status, 200);
  assert.deepEqual(places.sent, []);
});

test("openService() sends nothing by the policy local when it cannot run here", async () => {
  using _ = silenced();
  await using places = openPlaces({ policy: "local" }, cannotStart);
  await assert.rejects(places.open.ready(), /No model/);
  for (const _call of ["first", "second"]) {
    const [status, body] = await greet(places);
    assert.equal(status, 503, body);
    assert.match(body, /This browser cannot run the service: .*No model/);
  }
  assert.deepEqual(places.sent, []);
});

test("openService() asks the server by the policy server, without a start here", async () => {
  let starts = 0;
  await using places = openPlaces({ policy: "server" }, { onStart: () => void starts++ });
  await places.open.ready();
  assert.deepEqual(await greet(places), [200, "There, Ada", "server", 'the policy is "server"']);
  assert.equal((await places.open.fetch("/metrics")).status, 200);
  assert.deepEqual(places.sent, ["GET /ml/readyz ", "POST /ml/greet Ada", "GET /ml/metrics "]);
  assert.deepEqual([starts, places.open.state.local], [0, "idle"]);
});

test("openService() answers here when the server of the policy server is down", async () => {
  await using places = openPlaces({ policy: "server" });
  places.serve(down);
  await places.open.ready();
  const [status, body, place, reason] = await greet(places);
  assert.deepEqual([status, body, place], [200, "Here, Ada", "local"]);
  assert.match(reason, /^the server: it cannot be reached \(Failed to fetch\): it is down, or/);
  const sentBefore = places.sent.length;
  await greet(places);
  assert.equal(places.sent.length, sentBefore, "a server that is down is not asked each time");
  places.serve(places.server);
  places.clock.advance(60_000);
  assert.equal((await greet(places))[1], "There, Ada");
});

test("openService() asks the server while the service is starting here", async () => {
  const started = Promise.withResolvers<void>();
  await using places = openPlaces({}, { onStart: () => started.promise });
  const [status, body, place, reason] = await greet(places);
  assert.deepEqual([status, body, place], [200, "There, Ada", "server"]);
  assert.equal(reason, "the service is still starting here");
  started.resolve();
  await places.open.ready();
  assert.equal(places.open.state.local, "ready");
});

test("openService() waits for the start here when the server is down meanwhile", async () => {
  const started = Promise.withResolvers<void>();
  await using places = openPlaces({}, { onStart: () => started.promise });
  places.serve(down);
  const answer = greet(places);
  await until(() => places.sent.length === 1);
  started.resolve();
  assert.deepEqual((await answer).slice(0, 3), [200, "Here, Ada", "local"]);
});

test("openService() takes the server where the service cannot start, and tries again", async () => {
  using _ = silenced();
  let failures = 0;
  await using places = openPlaces(
    {},
    {
      onStart() {
        failures += 1;
        if (failures < 3) throw new Error("No model");
      },
    },
  );
  await places.open.ready(); // since the server answers
  const [status, body, place, reason] = await greet(places);
  assert.deepEqual([status, body, place], [200, "There, Ada", "server"]);
  assert.match(reason, /No model/);
  assert.match(places.open.state.localReason ?? "", /No model/);
  assert.equal(failures, 1, "a start that failed is not tried at each call");
  for (const minutes of [1, 2]) {
    places.clock.advance(minutes * 60_000);
    assert.equal((await greet(places))[1], "There, Ada", "it is tried beside the call");
    await until(() => places.open.state.local !== "starting");
  }
  assert.deepEqual([failures, places.open.state.local], [3, "ready"]);
});

test("openService() gives the reasons of both places when neither can answer", async () => {
  using _ = silenced();
  for (const policy of ["auto", "server"] as const) {
    await using places = openPlaces({ policy }, cannotStart);
    places.serve(down);
    const both =
      /run the service \(.*No model\), and the server https:\S+ did not answer: it cannot be/;
    await assert.rejects(places.open.ready(), both);
    const response = await places.open.fetch("/greet", {
      method: "POST",
      body: "Ada",
      headers: { "x-request-id": "r1" },
    });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("x-request-id"), "r1");
    assert.equal(response.headers.get("retry-after"), "1");
    const { error, code, request_id } = (await response.json()) as Record<string, string>;
    assert.match(error ?? "", both);
    assert.deepEqual([code, request_id], ["unavailable", "r1"]);
  }
});

test("openService() answers 503 after close()", async () => {
  const places = openPlaces();
  await places.open.ready();
  await places.open.close();
  const [status, body] = await greet(places);
  assert.equal(status, 503);
  assert.match(body, /The service has been closed/);
  await places[Symbol.asyncDispose]();
});

test("openService() tells each answer, and calls of Connect as well", async () => {
  const told: string[] = [];
  await using places = openPlaces({
    policy: "auto",
    onAnswer: ({ place, durationMs }, { status }) => told.push(`${place} ${durationMs} ${status}`),
  });
  await places.open.ready();
  const response = await places.open.fetch("/bentoml.grpc.v1.BentoService/Call", {
    method: "POST",
    body: JSON.stringify({ apiName: "greet", text: "Ada" }),
    headers: { "content-type": "application/json" },
  });
  assert.match(await response.text(), /Here, Ada/);
  assert.deepEqual(told, ["local 0 200"]);
  assert.ok(places.open.paths.includes("/bentoml.grpc.v1.BentoService/Call"));
  assert.ok(places.open.paths.includes("/greet"));
});
