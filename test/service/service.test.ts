import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { ServiceError } from "../../src/error.ts";
import type { Host } from "../../src/host/host.ts";
import { AnswerTimes } from "../../src/invocation/answer-times.ts";
import { openContext } from "../../src/invocation/open-context.ts";
import type { RequestContext } from "../../src/invocation/request-context.ts";
import { onAbort } from "../../src/invocation/request-facts.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import { routeOf } from "../../src/service/routes.ts";
import { service } from "../../src/service/service.ts";
import type { Apis } from "../../src/service/service-options.ts";
import type { ServiceRunner } from "../../src/service/service-runner.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { recorder } from "./recorder.ts";

const upper = api({ input: text(), output: text() }, (value) => value.toUpperCase());
const host = { clock: systemClock } as Host;

function context(disconnected: AbortSignal = new AbortController().signal): RequestContext {
  const facts = {
    protocol: "rest",
    endpoint: "upper",
    header: () => null,
    requestId: "test",
    url: "http://test/",
    headers: new Headers(),
    onDisconnect: onAbort(disconnected),
    timeoutMs: 1_000,
    callerTimeoutMs: undefined,
  };
  const clock = new FakeClock();
  const shared = { service: { apis: {}, callerOf: undefined }, clock };
  return openContext(facts, { ...shared, answerTimes: new AnswerTimes(clock) });
}

test("api() refuses what is not a descriptor or a handler", () => {
  const options = { input: text(), output: text() };
  assert.throws(() => api({ ...options, input: {} as typeof options.input }, (x) => x), {
    name: "TypeError",
    message: /its input must be a descriptor such as text\(\)/,
  });
  assert.throws(() => api({ ...options, output: undefined as never }, (x) => x as never), {
    message: /its output must be a descriptor/,
  });
  const { kind: _, ...unnamed } = text();
  assert.throws(() => api({ ...options, output: unnamed as never }, (x) => x as never), {
    message: /the "kind" of its output must be a name such as "audio", not undefined/,
  });
  assert.throws(() => api(options, "no" as never), /its handler must be a function/);
  assert.throws(() => api({ ...options, lane: "slow" as never }, (x) => x), {
    name: "TypeError",
    message: '"lane" must be one of "interactive", "bulk", but was "slow"',
  });
});

test("routeOf() is the API's name unless it has a route", () => {
  const cases = [
    [undefined, "/predict"],
    ["other", "/other"],
    ["/other", "/other"],
    ["v1/models/predict", "/v1/models/predict"],
    ["a.b-c_d~e", "/a.b-c_d~e"],
  ] as const;
  for (const [route, path] of cases) {
    assert.equal(routeOf("predict", route === undefined ? {} : { route }), path);
  }
});

test("routeOf() refuses an invalid route, and one of the server itself", () => {
  for (const route of ["", "/", "//a", "a//b", "a/", "a b", "a?b", "a#b", ":id", "*", "ü"]) {
    assert.throws(() => routeOf("x", { route }), /Cannot use .* as a route/, route);
  }
  for (const route of ["livez", "/readyz", "healthz", "metrics", "docs.json", "v2/models"]) {
    assert.throws(() => routeOf("x", { route }), /that path is the server's own/, route);
  }
});

test("service() refuses invalid and repeated names and routes", () => {
  const wrong: [string, Apis, ServiceRunner[], RegExp][] = [
    ["My Service", {}, [], /Cannot name a service "My Service"/],
    ["", {}, [], /Cannot name a service ""/],
    ["x".repeat(64), {}, [], /1 to 63/],
    // biome-ignore lint/suspicious/noThenProperty: it is what is refused
    ["x", { then: upper }, [], /Cannot name an API "then".*the route "then"/],
    ["x", { "not-a-name": upper }, [], /Cannot name an API "not-a-name"/],
    ["x", { metrics: upper }, [], /server's own/],
    ["x", { a: upper, b: { ...upper, route: "a" } }, [], /two routes named "\/a"/],
    ["x", {}, [recorder("r", []), recorder("r", [])], /two runners named "r"/],
  ];
  for (const [name, apis, runners, message] of wrong) {
    assert.throws(() => service(name, { apis, runners }), message);
  }
});

test("service() refuses a callerOf that is not a function", () => {
  assert.throws(() => service("x", { apis: {}, callerOf: "x-tenant" as never }), {
    name: "TypeError",
    message: 'Cannot define service "x": "callerOf" must be a function, but was x-tenant',
  });
});

test("service() starts its runners, and closes all when one cannot start", async () => {
  const log: string[] = [];
  const failure = new Error("no model");
  const good = service("good", { apis: {}, runners: [recorder("a", log), recorder("b", log)] });
  await good.start(host);
  await good.close();
  assert.deepEqual(log.splice(0), ["start a", "start b", "close a", "close b"]);
  const bad = service("bad", {
    apis: {},
    runners: [recorder("a", log), recorder("b", log, failure)],
  });
  await assert.rejects(bad.start(host), failure);
  assert.deepEqual(log, ["start a", "start b", "close a"]);
});

test("service() keeps running when it is started again", async () => {
  const log: string[] = [];
  const once = service("once", { apis: {}, runners: [recorder("a", log)] });
  await once.start(host);
  await assert.rejects(once.start(host), /Service "once" has been started already/);
  assert.deepEqual([log, once.ready], [["start a"], true]);
  await once.close();
  await once.start(host);
  assert.equal(once.ready, true);
  await once.close();
});

test("Service.call() runs the handler with the context", async () => {
  const example = service("example", {
    apis: {
      upper,
      id: api({ input: text(), output: text() }, (value, { requestId }) => `${requestId} ${value}`),
    },
  });
  using request = context();
  assert.equal(await example.call("upper", "abc", request), "ABC");
  assert.equal(await example.call("id", "abc", request), "test abc");
});

test("Service.call() throws ServiceErrors only: the handler's own, or a masked one", async () => {
  using output = silenced();
  const refusal = new ServiceError("not_found", "no such user");
  const thrown: unknown[] = [refusal, new Error("secret"), "a string", undefined];
  const example = service("example", {
    apis: {
      rejects: api({ input: text(), output: text() }, async (at) => {
        throw thrown[Number(at)];
      }),
      throws: api({ input: text(), output: text() }, (at) => {
        throw thrown[Number(at)];
      }),
    },
  });
  for (const name of ["rejects", "throws"] as const) {
    using request = context();
    await assert.rejects(example.call(name, "0", request), refusal);
    for (const at of ["1", "2", "3"]) {
      const masked = { name: "ServiceError", code: "internal", message: "Internal error" };
      await assert.rejects(example.call(name, at, request), masked);
    }
  }
  assert.match(output.text, /secret/);
  assert.doesNotMatch(output.text, /no such user/, "what is meant for callers is not logged");
});

test("Service.call() rejects when its signal is aborted, if the handler goes on", async () => {
  using output = silenced();
  const caller = new AbortController();
  const late = Promise.withResolvers<string>();
  const example = service("example", {
    apis: { wait: api({ input: text(), output: text() }, () => late.promise) },
  });
  using request = context(caller.signal);
  const call = example.call("wait", "", request);
  caller.abort();
  await assert.rejects(call, { code: "canceled" });
  late.reject(new Error("too late to matter"));
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(output.text, "");
});

test("Service.onReadyChange() reports each change of readiness", async () => {
  const states = { ready: false };
  let tell = (): void => {};
  const moody: ServiceRunner = {
    ...recorder("moody", []),
    get ready() {
      return states.ready;
    },
    onReadyChange(listener) {
      tell = listener;
    },
  };
  const tested = service("tested", { runners: [moody], apis: { upper } });
  const heard: boolean[] = [];
  const stop = tested.onReadyChange(() => heard.push(tested.ready));
  const become = (ready: boolean): void => {
    states.ready = ready;
    tell();
  };
  await tested.start(host);
  for (const ready of [true, true, false, true]) become(ready);
  tested.drain();
  assert.deepEqual(heard, [true, false, true, false]);
  stop();
  await tested.close();
  assert.deepEqual(heard, [true, false, true, false]);
});
