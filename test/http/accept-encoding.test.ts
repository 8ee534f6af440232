import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptedCodings } from "../../src/http/accept-encoding.ts";

/** Headers, the best coding, and whether it is the only one. */
const HEADERS: readonly (readonly [string | null, string | undefined, boolean])[] = [
  [null, undefined, false],
  ["", undefined, false],
  ["identity", undefined, false],
  ["br", undefined, true],
  ["gzip", "gzip", true],
  ["x-gzip", "gzip", true],
  ["GZIP;q=1", "gzip", true],
  ["deflate", "deflate", true],
  ["deflate, identity", "deflate", true],
  ["gzip, deflate", "gzip", false],
  ["deflate, gzip", "gzip", false],
  ["gzip;q=0.2, deflate;q=0.5", "deflate", false],
  ["gzip;q=0, deflate", "deflate", true],
  ["gzip;q=0", undefined, false],
  ["*", "gzip", true],
  ["*;q=0", undefined, false],
  ["*, gzip;q=0", "deflate", true],
  ["gzip, deflate, br, zstd", "gzip", false],
  ["gzip;q=x", undefined, false],
  ["gzip;level=9", undefined, false],
  [",,;;gzip", undefined, false],
];

for (const [header, best, isOnly] of HEADERS) {
  test(`acceptedCodings() reads ${header === null ? "no header" : `"${header}"`}`, () => {
    assert.deepEqual(acceptedCodings(header), { best, isOnly });
  });
}

test("acceptedCodings() chooses among the codings that are offered", () => {
  assert.equal(acceptedCodings("deflate, gzip;q=0.1", ["gzip"]).best, "gzip");
  assert.equal(acceptedCodings("deflate", ["gzip"]).best, undefined);
});
