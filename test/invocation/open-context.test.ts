import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceError } from "../../src/error.ts";
import { type ContextFacts, openContext } from "../../src/invocation/open-context.ts";
import { onAbort } from "../../src/invocation/request-facts.ts";
import { FakeClock } from "../support/fake-clock.ts";

const facts: ContextFacts = {
  requestId: "x",
  url: "http://test/upper?a=1&a=2#b",
  headers: new Headers(),
  onDisconnect: onAbort(new AbortController().signal),
  timeoutMs: 500,
  callerTimeoutMs: undefined,
};

const reasonOf = ({ signal }: { readonly signal: AbortSignal }) => signal.reason as ServiceError;

test("openContext() sets one timer, and stops it at the end", () => {
  const clock = new FakeClock();
  {
    using request = openContext(facts, clock);
    assert.equal(clock.pending, 1);
    clock.advance(499);
    assert.equal(request.signal.aborted, false);
  }
  assert.equal(clock.pending, 0);
});

test("openContext() aborts the signal of a caller that has disconnected", () => {
  const onDisconnect = onAbort(AbortSignal.abort());
  using request = openContext({ ...facts, onDisconnect }, new FakeClock());
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
    using request = openContext({ ...facts, callerTimeoutMs }, clock);
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
  using request = openContext({ ...facts, callerTimeoutMs: 800 }, clock);
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
    using request = openContext({ ...facts, url }, new FakeClock());
    assert.deepEqual(request.query.getAll("a"), expected);
  }
});
