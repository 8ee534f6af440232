import assert from "node:assert/strict";
import { test } from "node:test";
import { host } from "../../src/host/server.ts";
import { seededRandom } from "../../src/random.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { SEED } from "../support/random.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { FakeCatalog, opened, run } from "./fake-catalog.ts";

function catalogOf(...names: readonly string[]): FakeCatalog {
  const catalog = new FakeCatalog();
  for (const name of names) catalog.put(name, "1", "unnamed");
  return catalog;
}

test("Repository loads models on demand, in place of those used least recently", async () => {
  await using fixture = await opened(catalogOf("a", "b", "c"), { maxModels: 2 });
  const { models, registry } = fixture;
  const states = (): readonly string[] => models.index().map(({ state }) => state);
  assert.deepEqual(states(), ["READY", "READY", "UNAVAILABLE"]);
  assert.deepEqual([models.names, models.ready], [["a", "b", "c"], true]);
  assert.equal(models.index()[2]?.reason, "it is loaded by its next call");
  const unknown = models.find("c");
  assert.deepEqual(
    [unknown.version, unknown.ready, unknown.statistics.executionCount],
    ["1", true, 0],
  );
  assert.throws(() => unknown.inputs, { code: "unavailable", message: /has not been loaded yet/ });
  assert.throws(() => models.find("c", "2"), { code: "not_found" });

  await run(models, "a");
  await models.prepare("c", undefined, {});
  assert.deepEqual(states(), ["READY", "UNAVAILABLE", "READY"], "b was used least recently");
  assert.equal(models.prepare("c", undefined, {}), undefined);
  const { inputs } = models.find("c");
  assert.deepEqual(await run(models, "c", "1"), ["1", 2, 4]);
  const forgotten = models.find("b");
  assert.deepEqual(
    [forgotten.inputs, forgotten.ready, forgotten.maxBatchSize],
    [inputs, true, 100],
  );
  assert.equal(models.prepare("b", undefined, {}), undefined, "it is known since the start");

  // Calls that come together wait for one load.
  const answers = await Promise.all(Array.from({ length: 20 }, () => run(models, "b")));
  for (const answer of answers) assert.deepEqual(answer, ["1", 2, 4]);
  assert.deepEqual(states(), ["UNAVAILABLE", "READY", "READY"]);
  const loads = { model: "b", version: "1", result: "success" };
  assert.equal(registry.value("ekiben_model_loads_total", loads), 2);
  assert.equal(registry.value("ekiben_model_evictions_total", { model: "a" }), 1);
  assert.equal(registry.value("ekiben_models", { state: "ready" }), 2);
  assert.equal(registry.value("ekiben_models", { state: "unloaded" }), 1);
  assert.equal(models.find("b").statistics.calls.success.count, 20);

  // An unloaded model stays so, whoever asks for it.
  await models.unload("c");
  assert.throws(() => models.find("c"), { code: "not_found" });
  await assert.rejects(run(models, "c"), { code: "not_found" });
  await models.load("c");
  assert.deepEqual(await run(models, "c"), ["1", 2, 4]);
});

test("Repository unloads no model in use, and calls wait no longer than they may", async () => {
  const clock = new FakeClock();
  const limits = { maxModels: 1, drainMs: 5_000, maxWaitingCalls: 2 };
  await using fixture = await opened(catalogOf("a", "b"), limits, { ...host, clock });
  const { models } = fixture;
  const busy = await models.use("a", undefined, {});
  const soon = models.use("b", undefined, { deadlineAt: 100 });
  const stop = new AbortController();
  const left = models.use("b", undefined, { signal: stop.signal });
  await assert.rejects(async () => models.use("b", undefined, {}), {
    code: "unavailable",
    message: /^Too many calls wait for models to be loaded/,
  });
  const late = assert.rejects(async () => soon, {
    code: "unavailable",
    message: /not loaded in time/,
  });
  clock.advance(100);
  await late;
  stop.abort(new Error("the caller left"));
  await assert.rejects(async () => left, /the caller left/);
  const patient = models.use("b", undefined, { deadlineAt: 60_000 });
  await until(() => models.index()[1]?.state !== "READY");
  busy[Symbol.dispose]();
  using use = await patient;
  assert.deepEqual([use.model.name, models.index()[0]?.state], ["b", "UNAVAILABLE"]);

  const refused = assert.rejects(run(models, "a"), {
    code: "unavailable",
    message: 'There is no room to load model "a": the 1 that are loaded are in use',
  });
  await until(() => clock.pending > 0);
  clock.advance(5_000);
  await refused;
  assert.equal(models.find("a").ready, true, "the next call may find room");
});

test("Repository tries a load that failed again, after a while that grows", async () => {
  using _ = silenced();
  const clock = new FakeClock();
  const catalog = catalogOf("a", "b");
  await using fixture = await opened(catalog, { maxModels: 1 }, { ...host, clock });
  const { models } = fixture;
  catalog.put("b", "1", "does-not-exist");
  const broken = { code: "unavailable", message: /^Model "b" cannot be loaded: .*does-not-exist/ };
  for (const waitMs of [1_000, 2_000, 4_000]) {
    const looks = catalog.asked.length;
    await assert.rejects(run(models, "b"), broken);
    assert.equal(catalog.asked.length, looks + 1);
    await assert.rejects(run(models, "b"), { ...broken, retryAfterSeconds: waitMs / 1000 });
    assert.equal(models.find("b").ready, false);
    assert.match(models.find("b").whyNotReady ?? "", /does-not-exist/);
    clock.advance(waitMs - 1);
    await assert.rejects(run(models, "b"), { ...broken, retryAfterSeconds: 1 });
    assert.equal(catalog.asked.length, looks + 1, "nothing is tried meanwhile");
    clock.advance(1);
    assert.equal(models.find("b").ready, false, "until it has been loaded");
  }
  assert.deepEqual(await run(models, "a"), ["1", 2, 4], "others are loaded");
  catalog.put("b", "1", "unnamed");
  assert.deepEqual(await run(models, "b"), ["1", 2, 4]);
});

test(`Repository answers calls of more models than it has room for, seed ${SEED}`, async () => {
  const names = ["a", "b", "c", "d", "e"];
  const catalog = catalogOf(...names);
  await using fixture = await opened(catalog, { maxModels: 2 });
  const { models } = fixture;
  const random = seededRandom(SEED);
  const caller = async (): Promise<void> => {
    for (let call = 0; call < 12; call++) {
      const name = names[Math.floor(random() * names.length)] ?? "a";
      assert.deepEqual(await run(models, name), ["1", 2, 4]);
      const loaded = models.index().filter(({ state }) => state === "READY").length;
      assert.ok(loaded <= 2, `${loaded} are loaded`);
    }
  };
  await Promise.all(Array.from({ length: 6 }, caller));
});

test("Repository fills its room with the first models that can be loaded", async () => {
  using _ = silenced();
  const catalog = catalogOf("a", "b", "c", "d");
  catalog.put("a", "1", "does-not-exist");
  await using fixture = await opened(catalog, { maxModels: 2 });
  const { models } = fixture;
  assert.deepEqual(
    models.index().map(({ state }) => state),
    ["UNAVAILABLE", "READY", "READY", "UNAVAILABLE"],
  );
  assert.equal(models.ready, true);
  for (const maxModels of [0, 1.5, -1]) {
    await assert.rejects(async () => opened(catalog, { maxModels }), RangeError);
  }
});
