import assert from "node:assert/strict";
import { test } from "node:test";
import { api, service, text } from "ekiben";
import type { Hono } from "hono";
import { openApp } from "../../src/app/app.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";

async function call(tested: Hono, path: string): Promise<Response> {
  return await tested.request(path, { method: "POST", body: "Ada" });
}

test("app().close() refuses requests, waits for those under way, and stops all", async () => {
  using _ = silenced();
  const [entered, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let stops = 0;
  const slow = api({ input: text(), output: text() }, async () => {
    entered.resolve();
    await gate.promise;
    return "late";
  });
  const tested = openApp(
    service("tested", {
      apis: { slow },
      onStop: () => {
        stops += 1;
      },
    }),
    {},
    {},
  );
  const answer = call(tested, "/slow");
  await entered.promise;
  const closed = tested.close();
  const refused = await call(tested, "/slow");
  assert.deepEqual([refused.status, stops], [503, 0]);
  assert.match(await refused.text(), /shutting down/);
  gate.resolve();
  assert.equal(await (await answer).text(), "late");
  await Promise.all([closed, tested.close(), tested[Symbol.asyncDispose]()]);
  assert.equal(stops, 1);
  await assert.rejects(tested.ready(), /has been closed/);
});

test("app().close() waits no longer than its grace", async () => {
  using _ = silenced();
  const clock = new FakeClock();
  const entered = Promise.withResolvers<void>();
  const stuck = api({ input: text(), output: text() }, () => {
    entered.resolve();
    return new Promise<string>(() => {});
  });
  const tested = openApp(service("tested", { apis: { stuck } }), { graceMs: 700 }, { clock });
  void call(tested, "/stuck");
  await entered.promise;
  const closed = tested.close();
  clock.advance(700);
  await closed;
});
