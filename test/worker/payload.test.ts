import assert from "node:assert/strict";
import { test } from "node:test";
import { isRecord } from "../../src/runner/rows/rows.ts";
import { pack } from "../../src/worker/payload.ts";

/** Inputs whose elements would take seconds to list. */
const binary = {
  "a Uint8Array": new Uint8Array(4),
  "a Float64Array": new Float64Array(4),
  "a DataView": new DataView(new ArrayBuffer(4)),
};

for (const [name, value] of Object.entries(binary)) {
  test(`pack() and isRecord() do not list the elements of ${name}`, () => {
    const { values } = Object;
    let listed = 0;
    Object.values = (input: object) => {
      if (input === value) listed += 1;
      return values(input);
    };
    try {
      assert.deepEqual(pack(value), { value, transfer: [] });
      assert.equal(isRecord(value), false);
    } finally {
      Object.values = values;
    }
    assert.equal(listed, 0);
  });
}
