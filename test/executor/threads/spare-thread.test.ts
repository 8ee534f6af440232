import assert from "node:assert/strict";
import { test } from "node:test";
import { startSpareThread } from "../../../src/executor/threads/threads.ts";
import { runner } from "../../../src/runner/runner.ts";
import prepared from "../fixtures/prepared.ts";

const module = new URL("../fixtures/preparation.ts", import.meta.url).href;

/** Starts a worker, and returns the backend that its thread was prepared for. */
async function preparedFor(name: string): Promise<string | undefined> {
  const calls = runner(prepared, { name, isolation: "threads", workers: 1, optional: true });
  await calls.start();
  try {
    return await calls.preparedFor(undefined);
  } finally {
    await calls.close();
  }
}

test("the next worker takes the spare thread, and later ones have their own", async () => {
  using _ = startSpareThread({ module, backend: "wasm" });
  assert.equal(await preparedFor("first"), "wasm");
  assert.equal(await preparedFor("second"), undefined);
});

test("a spare thread that was ended is not taken", async () => {
  startSpareThread({ module, backend: "wasm" })[Symbol.dispose]();
  assert.equal(await preparedFor("later"), undefined);
});

test("the end of a spare thread that was taken leaves its worker", async () => {
  const spare = startSpareThread({ module, backend: "native" });
  const calls = runner(prepared, { name: "kept", isolation: "threads", workers: 1 });
  await calls.start();
  spare[Symbol.dispose]();
  assert.equal(await calls.preparedFor(undefined), "native");
  await calls.close();
});

const faults = { broken: module, missing: new URL("./missing.ts", import.meta.url).href };
for (const [backend, url] of Object.entries(faults)) {
  test(`a worker starts in a thread whose preparation is ${backend}`, async () => {
    using _ = startSpareThread({ module: url, backend });
    assert.equal(await preparedFor(backend), undefined);
  });
}
