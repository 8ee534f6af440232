import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNoGrpc, writesWithoutBound } from "../../../src/runtime/http2/deno-version.ts";

for (const [version, serves, bounded] of [
  [undefined, true, true],
  ["2.7.14", true, false],
  ["2.8.3", true, false],
  ["2.9.0", true, false],
  ["2.9.3", true, false],
  ["2.9.4", false, true],
  ["2.9.5", false, true],
  ["2.9.6", false, true],
  ["2.9.6+0a1b2c3", false, true],
  ["2.9.7", true, true],
  ["2.9.40", true, true],
  ["2.10.4", true, true],
  ["3.0.0", true, true],
  ["12.9.5", true, true],
] as const) {
  test(`whyNoGrpc() ${serves ? "lets" : "does not let"} ${version ?? "others"} serve`, () => {
    const why = whyNoGrpc(version);
    assert.equal(why === undefined, serves);
    if (!serves) assert.match(why ?? "", /^Deno 2\.9\.\S+ cannot serve gRPC: .*Use Deno 2\.9\.3/);
  });

  test(`writesWithoutBound() is ${!bounded} for ${version ?? "others"}`, () => {
    assert.equal(writesWithoutBound(version), !bounded);
  });
}
