/** Models by the Open Inference Protocol in `app()`, which starts by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { app, service } from "ekiben";
import { Hono } from "hono";
import { repository, rowsOf } from "../http/oip/served.ts";
import { silenced } from "../support/silenced.ts";

function opened() {
  return app(service("tested", { models: repository({ gather: "gather" }), apis: {} }));
}

const infer = { method: "POST", body: JSON.stringify(rowsOf(1, 2)) };

test("the first call of a model starts app(), and waits for it", async () => {
  using _ = silenced();
  await using tested = opened();
  assert.equal((await tested.request("/v2/health/ready")).status, 400);
  const answer = await tested.request("/v2/models/gather/infer", infer);
  assert.equal(answer.status, 200);
  const { outputs } = (await answer.json()) as { outputs: { shape: number[] }[] };
  assert.deepEqual(outputs[0]?.shape, [2, 2]);
  assert.equal((await tested.request("/v2/health/ready")).status, 200);
});

test("the metadata of models start app() too, but not its own and its health", async () => {
  using _ = silenced();
  for (const [path, status] of [
    ["/v2/models", 200],
    ["/v2/models/gather", 200],
    ["/v2/models/gather/ready", 200],
    ["/v2/models/nothing", 404],
  ] as const) {
    await using tested = opened();
    assert.equal((await tested.request("/v2/health/live")).status, 200);
    assert.equal((await tested.request("/v2")).status, 200);
    assert.equal((await tested.request("/v2/models/gather/infer")).status, 405);
    assert.equal((await tested.request(path)).status, status, path);
    assert.equal((await tested.request("/readyz")).status, 200, `${path} has started it`);
  }
});

test("app() serves models below a path of another application", async () => {
  using _ = silenced();
  await using tested = opened();
  const site = new Hono().route("/ml", tested);
  for (const _round of [1, 2]) {
    assert.equal((await site.request("/ml/v2/models/gather/infer", infer)).status, 200);
    assert.equal((await site.request("/ml/v2/health/live")).status, 200);
    assert.equal((await site.request("/ml/v2/nothing")).status, 404);
    assert.equal((await site.request("/v2/models")).status, 404);
  }
});
