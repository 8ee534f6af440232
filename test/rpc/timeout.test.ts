import assert from "node:assert/strict";
import { test } from "node:test";
import { shortened, timeoutOf } from "../../src/rpc/timeout.ts";

const LONGEST_MS = 2 ** 31 - 1;
const LONGEST = { "grpc-timeout": "2147483S", "connect-timeout-ms": `${LONGEST_MS}` };

const read: readonly [Record<string, string>, number | undefined][] = [
  [{}, undefined],
  [{ "grpc-timeout": "5S" }, 5_000],
  [{ "grpc-timeout": "20m" }, 20],
  [{ "grpc-timeout": "0m" }, 0],
  [{ "connect-timeout-ms": "250" }, 250],
  [{ "connect-timeout-ms": "0" }, 0],
  // The longest that a timer takes, and what is longer.
  [{ "grpc-timeout": "2147483S" }, 2_147_483_000],
  [{ "grpc-timeout": "2147484S" }, LONGEST_MS],
  [{ "grpc-timeout": "99999999H" }, LONGEST_MS],
  [{ "connect-timeout-ms": `${LONGEST_MS}` }, LONGEST_MS],
  [{ "connect-timeout-ms": "9999999999" }, LONGEST_MS],
  // No time.
  [{ "grpc-timeout": "soon" }, undefined],
  [{ "grpc-timeout": "123456789S" }, undefined],
  [{ "connect-timeout-ms": "-1" }, undefined],
  [{ "connect-timeout-ms": "1.5" }, undefined],
  [{ "connect-timeout-ms": "12345678901" }, undefined],
];
for (const [given, wanted] of read) {
  test(`timeoutOf() reads ${wanted} of ${JSON.stringify(given)}`, () => {
    const headers = new Headers(given);
    const timeoutMs = timeoutOf((name) => headers.get(name));
    assert.equal(timeoutMs, wanted);
    const forHandlers = shortened(headers, timeoutMs);
    if (timeoutMs !== LONGEST_MS) return assert.equal(forHandlers, headers);
    const [name = ""] = Object.keys(given);
    const short = LONGEST[name as keyof typeof LONGEST];
    assert.deepEqual([...forHandlers], [[name, short]]);
    assert.deepEqual([...headers], Object.entries(given), "what came is as it was");
  });
}
