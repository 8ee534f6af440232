import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCaller, credentialsOf } from "../../src/invocation/caller.ts";

const factsOf = (headers: Readonly<Record<string, string>>) => ({
  header: (name: string) => headers[name] ?? null,
});

test("credentialsOf() names a caller by its Authorization, or else its X-Api-Key", () => {
  for (const [headers, caller] of [
    [{}, undefined],
    [{ authorization: "" }, undefined],
    [{ authorization: "Bearer a" }, "Bearer a"],
    [{ "x-api-key": "b" }, "b"],
    [{ authorization: "Bearer a", "x-api-key": "b" }, "Bearer a"],
  ] as const) {
    assert.equal(credentialsOf(factsOf(headers)), caller);
  }
});

test("credentialsOf() shortens long credentials, which stay different", () => {
  const same = "x".repeat(2000);
  const long = [`a${same}`, `b${same}`, `${same}c`, `${same}d`, same].map((authorization) =>
    credentialsOf(factsOf({ authorization })),
  );
  assert.equal(new Set(long).size, long.length);
  for (const caller of long) assert.equal(caller?.length, 256);
});

test("checkCaller() takes a string or undefined, and bounds it", () => {
  assert.equal(checkCaller("ada"), "ada");
  assert.equal(checkCaller(""), undefined);
  assert.equal(checkCaller(undefined), undefined);
  assert.equal(checkCaller("x".repeat(1000))?.length, 256);
  for (const [given, words] of [
    [7, "7"],
    [null, "null"],
    [Promise.resolve("ada"), "an object"],
  ] as const) {
    assert.throws(() => checkCaller(given), {
      name: "TypeError",
      message:
        'The option "callerOf" of a service must return a string or undefined, but returned ' +
        words,
    });
  }
});
