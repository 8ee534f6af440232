import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { runner } from "../../src/runner/runner.ts";
import type { LifecycleOptions } from "../../src/runtime/lifecycle.ts";
import { serve } from "../../src/runtime/serve.ts";
import { service } from "../../src/service/service.ts";
import moody from "../runner/fixtures/moody.ts";
import { silenced } from "../support/silenced.ts";

const where = { port: 0, host: "127.0.0.1", grpcPort: false, signals: false } as const;

/** The number of listeners of the program for unhandled errors, and for closed output. */
function listeners(): readonly number[] {
  return [
    process.listenerCount("unhandledRejection"),
    process.listenerCount("uncaughtException"),
    process.stdout.listenerCount("error"),
    process.stderr.listenerCount("error"),
  ];
}

for (const [onUncaught, added] of [
  [undefined, 1],
  ["drain", 1],
  ["continue", 1],
  [false, 0],
] as const) {
  test(`serve() adds ${added} of each process handler with onUncaught ${onUncaught}`, async () => {
    using _ = silenced();
    const before = listeners();
    const options = onUncaught === undefined ? {} : { onUncaught };
    const server = await serve(service("quiet", { apis: {} }), { ...where, ...options });
    assert.deepEqual(
      listeners(),
      before.map((count) => count + added),
    );
    await server.close();
    assert.deepEqual(listeners(), before);
  });
}

test("serve() leaves no process handlers when it could not start", async () => {
  using _ = silenced();
  const before = listeners();
  const moods = runner(moody, { workers: 1, params: { unloadable: 1 } });
  const start = serve(service("broken", { apis: {}, runners: [moods] }), where);
  await assert.rejects(start, /no room for this worker/);
  // Node's workers write to the streams too, and leave listeners there for a while.
  assert.deepEqual(listeners().slice(0, 2), before.slice(0, 2));
});

test("serve() refuses another policy before it opens a port", async () => {
  using _ = silenced();
  const options = { ...where, onUncaught: "ignore" } as unknown as LifecycleOptions;
  const expected = { message: '"onUncaught" must be "drain", "continue" or false, but was ignore' };
  await assert.rejects(serve(service("quiet", { apis: {} }), options), expected);
});
