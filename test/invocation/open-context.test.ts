import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceError } from "../../src/error.ts";
import { AnswerTimes } from "../../src/invocation/answer-times.ts";
import { EventLoop } from "../../src/invocation/event-loop.ts";
import {
  type ContextFacts,
  type ContextHost,
  openContext,
} from "../../src/invocation/open-context.ts";
import { onAbort } from "../../src/invocation/request-facts.ts";
import { text } from "../../src/io/text.ts";
import type { CallRecord } from "../../src/runner/call-options.ts";
import { api } from "../../src/service/api.ts";
import type { Context } from "../../src/service/context.ts";
import { FakeClock } from "../support/fake-clock.ts";

const facts: ContextFacts = {
  protocol: "rest",
  endpoint: "upper",
  header: () => null,
  requestId: "x",
  url: "http://test/upper?a=1&a=2#b",
  headers: new Headers(),
  onDisconnect: onAbort(new AbortController().signal),
  timeoutMs: 500,
  callerTimeoutMs: undefined,
};

function hostOf(
  clock: FakeClock = new FakeClock(),
  service: Partial<ContextHost["service"]> = {},
): ContextHost {
  const answerTimes = new AnswerTimes(clock, new EventLoop(clock, undefined), (end) => end());
  return { clock, service: { apis: {}, callerOf: undefined, ...service }, answerTimes };
}

const reasonOf = ({ signal }: { readonly signal: AbortSignal }) => signal.reason as ServiceError;

test("openContext() sets one timer, and stops it at the end", () => {
  const clock = new FakeClock();
  {
    using request = openContext(facts, hostOf(clock));
    assert.equal(clock.pending, 1);
    clock.advance(499);
    assert.equal(request.signal.aborted, false);
  }
  assert.equal(clock.pending, 0);
});

test("openContext() aborts the signal of a caller that has disconnected", () => {
  const onDisconnect = onAbort(AbortSignal.abort());
  using request = openContext({ ...facts, onDisconnect }, hostOf());
  assert.equal(reasonOf(request).code, "canceled");
  assert.throws(() => request.throwIfAborted(), { code: "canceled" });
});

for (const [what, callerTimeoutMs, endMs, text] of [
  ["the server's limit", undefined, 500, "0.5 s"],
  ["the server's limit if the caller's is longer", 2000, 500, "0.5 s"],
  ["the caller's limit if it is shorter", 200, 200, "0.2 s"],
] as const) {
  test(`openContext() aborts the signal at ${what}`, () => {
    const clock = new FakeClock();
    using request = openContext({ ...facts, callerTimeoutMs }, hostOf(clock));
    assert.equal(request.deadlineAt, clock.now() + endMs);
    clock.advance(endMs - 1);
    assert.equal(request.signal.aborted, false);
    clock.advance(1);
    assert.equal(reasonOf(request).code, "deadline_exceeded");
    assert.match(reasonOf(request).message, new RegExp(`not answered within ${text}$`));
  });
}

test("RequestContext.renew() moves the server's limit, but not the caller's", () => {
  const clock = new FakeClock();
  using request = openContext({ ...facts, callerTimeoutMs: 800 }, hostOf(clock));
  clock.advance(400);
  request.renew();
  assert.equal(request.deadlineAt, clock.now() + 400);
  clock.advance(399);
  request.renew();
  assert.equal(request.signal.aborted, false);
  clock.advance(1);
  assert.match(reasonOf(request).message, /not answered within 0.8 s$/);
});

test("openContext() reads the query of any URL", () => {
  for (const [url, expected] of [
    ["http://test/upper?a=1&a=2#b", ["1", "2"]],
    ["http://not a host/upper?a=%20", [" "]],
    ["http://test/upper", []],
    ["/upper?a", [""]],
  ] as const) {
    using request = openContext({ ...facts, url }, hostOf());
    assert.deepEqual(request.query.getAll("a"), expected);
  }
});

/** A record of a call, of which only the time counts here. */
const record = {} as CallRecord;

test("openContext() has the lane that its caller asks for, or that of its API", () => {
  const words = { input: text(), output: text() };
  const apis = {
    upper: api({ ...words, lane: "bulk" }, (value) => value),
    lower: api(words, (value) => value),
  };
  for (const [endpoint, requested, lane] of [
    ["upper", undefined, "bulk"],
    ["upper", "interactive", "interactive"],
    ["lower", undefined, "interactive"],
    ["lower", "bulk", "bulk"],
    ["example.Greeter/Greet", undefined, "interactive"],
    ["toString", undefined, "interactive"],
  ] as const) {
    using request = openContext({ ...facts, endpoint }, hostOf(new FakeClock(), { apis }));
    request.requestedLane = requested;
    assert.equal(request.lane, lane, endpoint);
  }
});

test("openContext() names the caller by the service's callerOf, once, when it is read", () => {
  let count = 0;
  const callerOf = (context: Context): string => {
    count += 1;
    assert.equal(context.caller, undefined, "not yet known");
    return `user ${context.get("user" as never)}`;
  };
  const header = (name: string) => (name === "authorization" ? "Bearer a" : null);
  using request = openContext({ ...facts, header }, hostOf(new FakeClock(), { callerOf }));
  request.readVariables((key) => (key === "user" ? 7 : undefined));
  assert.equal(count, 0);
  assert.equal(request.caller, "user 7");
  assert.equal(request.caller, "user 7");
  assert.equal(count, 1);
  using unnamed = openContext({ ...facts, header }, hostOf());
  assert.equal(unnamed.caller, "Bearer a");
});

test("openContext() learns the time of answers, and takes at most half of the time left", () => {
  const clock = new FakeClock();
  const host = hostOf(clock);
  for (let at = 0; at < 3; at++) {
    using request = openContext(facts, host);
    clock.advance(100); // before the runner's answer, so that it does not count
    request.onCall?.(record);
    clock.advance(6);
    request.answered();
    clock.advance(100);
    request.answered();
  }
  using request = openContext(facts, host);
  assert.equal(request.answerMs, 6 + 1); // and the ways to the server and back
  using urgent = openContext({ ...facts, callerTimeoutMs: 4 }, host);
  assert.equal(urgent.answerMs, 2);
  clock.advance(3);
  assert.equal(urgent.answerMs, 0.5);
  clock.advance(3);
  assert.equal(urgent.answerMs, 0);
  using other = openContext({ ...facts, protocol: "grpc" }, host);
  assert.equal(other.answerMs, 0);
});

test("openContext() does not learn from requests without calls, or whose caller has gone", () => {
  const clock = new FakeClock();
  const host = hostOf(clock);
  for (let at = 0; at < 3; at++) {
    using without = openContext(facts, host);
    clock.advance(6);
    without.answered();
  }
  for (let at = 0; at < 3; at++) {
    using gone = openContext(facts, host);
    gone.onCall?.(record);
    clock.advance(6);
    gone.cancel();
    gone.answered();
  }
  using request = openContext(facts, host);
  assert.equal(request.answerMs, 0);
});

test("openContext() adds the time that the request has waited for the event loop", () => {
  const clock = new FakeClock();
  const answerTimes = new AnswerTimes(clock, new EventLoop(clock, () => {}));
  const host = { ...hostOf(clock), answerTimes };
  using first = openContext(facts, host);
  assert.equal(first.answerMs, 0);
  clock.advance(15);
  using second = openContext(facts, host);
  clock.advance(1);
  assert.equal(second.answerMs, 15 + 1);
});
