import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_TIMER_MS } from "../../src/clock.ts";
import { ServiceError } from "../../src/error.ts";
import { callerTimeoutOf } from "../../src/http/caller-timeout.ts";

const ENVOY = "x-envoy-expected-rq-timeout-ms";

function requestWith(given: Readonly<Record<string, string>>) {
  const headers = new Headers(given);
  return { header: (name: string) => headers.get(name) };
}

for (const [headers, wanted] of [
  [{}, undefined],
  [{ "request-timeout": "0.2" }, 200],
  [{ "request-timeout": "30" }, 30_000],
  [{ "request-timeout": "0.2s" }, 200],
  [{ "request-timeout": "200ms" }, 200],
  [{ "request-timeout": "0.5ms" }, 0.5],
  [{ "request-timeout": "0" }, 0],
  [{ "request-timeout": "-2" }, -2000],
  [{ "request-timeout": "9".repeat(40) }, MAX_TIMER_MS],
  [{ [ENVOY]: "200" }, 200],
  [{ [ENVOY]: "9".repeat(40) }, MAX_TIMER_MS],
  [{ "request-timeout": "0.2", [ENVOY]: "300" }, 200],
  [{ "request-timeout": "0.2", [ENVOY]: "100" }, 100],
] as const) {
  test(`callerTimeoutOf() reads ${JSON.stringify(headers).slice(0, 60)}`, () => {
    assert.equal(callerTimeoutOf(requestWith(headers)), wanted);
  });
}

for (const [headers, words] of [
  [{ "request-timeout": "" }, 'a time in seconds, such as 0.2, but was ""'],
  [{ "request-timeout": "soon" }, 'a time in seconds, such as 0.2, but was "soon"'],
  [{ "request-timeout": "00" }, 'a time in seconds, such as 0.2, but was "00"'],
  [{ "request-timeout": "-00.5s" }, 'a time in seconds, such as 0.2, but was "-00.5s"'],
  [{ "request-timeout": ".2" }, 'a time in seconds, such as 0.2, but was ".2"'],
  [{ "request-timeout": "1e3" }, 'a time in seconds, such as 0.2, but was "1e3"'],
  [{ "request-timeout": "Infinity" }, 'a time in seconds, such as 0.2, but was "Infinity"'],
  [{ "request-timeout": "1, 2" }, 'a time in seconds, such as 0.2, but was "1, 2"'],
  [{ "request-timeout": "9".repeat(41) }, "a time in seconds"],
  [{ [ENVOY]: "0200" }, 'a time in milliseconds, such as 200, but was "0200"'],
  [{ [ENVOY]: "0.2s" }, 'a time in milliseconds, such as 200, but was "0.2s"'],
  [{ "request-timeout": "1", [ENVOY]: "x" }, 'a time in milliseconds, such as 200, but was "x"'],
] as const) {
  test(`callerTimeoutOf() refuses ${JSON.stringify(headers).slice(0, 60)}`, () => {
    const error = callerTimeoutOf(requestWith(headers));
    assert.ok(error instanceof ServiceError);
    assert.equal(error.code, "invalid_argument");
    assert.ok(error.message.includes(words), error.message);
  });
}
