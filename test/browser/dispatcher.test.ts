import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "ekiben";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { cannotStart, down, greet, openPlaces, silent } from "./places.ts";

test("openService() measures both places, and takes the faster one", async () => {
  let hereMs = 10;
  let thereMs = 100;
  await using places = openPlaces({}, { handler: () => places.clock.advance(hereMs) });
  places.serve(async (request) => {
    places.clock.advance(thereMs);
    return await places.server(request);
  });
  await places.open.ready();
  const where = async (calls: number): Promise<string> => {
    const found: string[] = [];
    for (let call = 0; call < calls; call++) found.push((await greet(places))[2] ?? "");
    return found.join(" ");
  };
  assert.equal(await where(6), "local server local server local server");
  assert.equal(await where(20), Array(20).fill("local").join(" "));
  assert.equal((await greet(places))[3], "measured 10 ms here and 100 ms at the server");
  hereMs = 1000;
  await where(3);
  assert.equal(await where(5), Array(5).fill("server").join(" "), "once it is slower here");
  [hereMs, thereMs] = [10, 100];
  places.clock.advance(60_000);
  assert.equal(await where(5), "local local local local local", "it is measured again");
});

test("openService() takes the server for what fails here, and remembers that", async () => {
  using _ = silenced();
  let fails = true;
  let runs = 0;
  await using places = openPlaces(
    {},
    {
      handler() {
        runs += 1;
        if (fails) throw new Error("node:fs is not there");
      },
    },
  );
  await places.open.ready();
  const [status, body, place, reason] = await greet(places);
  assert.deepEqual([status, body, place], [200, "There, Ada", "server"]);
  assert.equal(reason, "it failed here: Internal error");
  assert.match((await greet(places))[3], /^it failed here before/);
  assert.equal(runs, 1);
  fails = false;
  places.clock.advance(60_000);
  assert.equal((await greet(places))[1], "Here, Ada");
});

test("openService() passes on errors of the caller, and of a server down", async () => {
  using _ = silenced();
  await using places = openPlaces(
    {},
    {
      handler(name) {
        if (name === "") throw new ServiceError("failed_precondition", "Who?");
        throw new Error("bug");
      },
    },
  );
  await places.open.ready();
  places.serve(down);
  const [wrong, text, at] = await greet(places, "");
  assert.deepEqual([wrong, at], [422, "local"], text);
  const [status, body, place, reason] = await greet(places);
  assert.deepEqual([status, place], [500, "local"], body);
  assert.match(reason, /it failed here, and the server did not answer|the server: it cannot be/);
});

test("openService() runs no call twice that must not", async () => {
  using _ = silenced();
  let runs = 0;
  const idempotent = (request: Request): boolean => !request.headers.has("x-once");
  const once = { headers: { "x-once": "1" } };
  {
    const handler = (): void => {
      runs += 1;
      throw new Error("bug");
    };
    await using places = openPlaces({ idempotent }, { handler });
    await places.open.ready();
    assert.equal((await greet(places, "Ada", once))[0], 500);
    assert.deepEqual([runs, places.sent], [1, []]);
  }
  await using places = openPlaces({ policy: "server", idempotent }, { handler: () => void runs++ });
  places.serve(down);
  const [status, body] = await greet(places, "Ada", once);
  assert.equal(status, 503);
  assert.match(
    body,
    /The server https:\/\/example\.com\/ml did not answer: .*It may have run the call/,
  );
  assert.equal(runs, 1, "it did not run here");
});

test("openService() stops waiting for a server that is silent", async () => {
  using _ = silenced();
  const waits = [
    { can: true, idempotent: true, waitMs: 5_000, status: 200 },
    { can: true, idempotent: false, waitMs: 60_000, status: 503 },
    { can: false, idempotent: true, waitMs: 60_000, status: 503 },
  ];
  for (const { can, idempotent, waitMs, status } of waits) {
    await using places = openPlaces(
      { policy: "auto", idempotent: () => idempotent },
      can ? {} : cannotStart,
    );
    await places.open.ready().catch(() => {});
    if (can) await greet(places); // the first trial is here, the second one there
    places.serve(silent);
    const sentBefore = places.sent.length;
    const answer = greet(places);
    await until(() => places.sent.length > sentBefore);
    places.clock.advance(waitMs);
    const [found, body] = await answer;
    assert.equal(found, status, body);
    if (status === 503) assert.match(body, new RegExp(`did not answer within ${waitMs} ms`));
  }
});

test("openService() leaves a silent server soon after it has started here", async () => {
  const started = Promise.withResolvers<void>();
  await using places = openPlaces({ fallbackTimeoutMs: 800 }, { onStart: () => started.promise });
  places.serve(silent);
  const answer = greet(places);
  await until(() => places.sent.length === 1);
  places.clock.advance(10_000);
  started.resolve();
  await until(() => places.open.state.local === "ready");
  assert.equal(places.open.state.serverReason, undefined, "it has some more time");
  places.clock.advance(800);
  const [status, body, place, reason] = await answer;
  assert.deepEqual([status, body, place], [200, "Here, Ada", "local"]);
  assert.equal(reason, "the server: it did not answer within 10800 ms");
  places.clock.advance(1_000); // requests share a timer, which ends when there is none
  assert.equal(places.clock.pending, 0, "its timers have ended");
});

test("openService() ends a body of the server that stops coming", async () => {
  await using places = openPlaces({ policy: "server" });
  places.serve(async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("one")),
    });
    return new Response(body, { headers: { "content-encoding": "identity" } });
  });
  const response = await places.open.fetch("/items", { method: "POST", body: "one two" });
  const reader = response.body?.getReader();
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), "one");
  const rest = reader?.read();
  await until(() => places.clock.pending > 0);
  places.clock.advance(60_000);
  await assert.rejects(rest ?? Promise.resolve(), /The server sent nothing for 60000 ms/);
  assert.match(places.open.state.serverReason ?? "", /sent nothing/);
});

test("openService() throws the reason of a signal, wherever the call is", async () => {
  const started = Promise.withResolvers<void>();
  await using places = openPlaces({}, { onStart: () => started.promise });
  places.serve(silent);
  const aborted = new AbortController();
  aborted.abort(new Error("before"));
  await assert.rejects(greet(places, "Ada", { signal: aborted.signal }), /before/);
  const there = new AbortController();
  const answer = greet(places, "Ada", { signal: there.signal });
  await until(() => places.sent.length === 1);
  there.abort(new Error("at the server"));
  await assert.rejects(answer, /at the server/);
  assert.equal(places.open.state.serverReason, undefined, "which is not its fault");
  const [here, body] = [new AbortController(), new AbortController()];
  places.serve(down);
  const starting = greet(places, "Ada", { signal: here.signal });
  await until(() => places.sent.length === 2);
  here.abort(new Error("here"));
  await assert.rejects(starting, /here/);
  const never = new ReadableStream();
  const init = { body: never, duplex: "half", signal: body.signal } as RequestInit;
  const reading = greet(places, "", init);
  body.abort(new Error("body"));
  await assert.rejects(reading, /body/);
  started.resolve();
});

test("openService() runs a body here that is too large to keep", async () => {
  await using places = openPlaces({ maxKeptBytes: 4 });
  await places.open.ready();
  places.serve(down);
  const response = await places.open.fetch("/size", { method: "POST", body: "12345" });
  assert.equal(await response.text(), "5");
  assert.match(places.open.answerOf(response)?.reason ?? "", /more than 4 bytes: too many to keep/);
  assert.deepEqual(places.sent, []);
});

test("openService() passes streams on from both places", async () => {
  for (const policy of ["local", "server"] as const) {
    await using places = openPlaces({ policy });
    const response = await places.open.fetch("/items", {
      method: "POST",
      body: "one two",
    });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "onetwo");
  }
});

test("openService() refuses HTML in place of an answer of the server", async () => {
  for (const status of [200, 404, 500]) {
    await using places = openPlaces({ policy: "server" });
    const headers = { "content-type": "text/html; charset=utf-8" };
    places.serve(async () => new Response("<h1>Log in", { status, headers }));
    const [, body, place, reason] = await greet(places);
    assert.deepEqual([body, place], ["Here, Ada", "local"]);
    assert.match(reason, RegExp(`it answered ${status} with HTML, which no server of this`));
    places.clock.advance(1_000); // until it is tried again
    const page = await places.open.fetch("/page", { method: "POST", body: "Ada" });
    assert.equal(await page.text(), status === 200 ? "<h1>Log in" : "<h1>Ada", "an API of HTML");
  }
});
