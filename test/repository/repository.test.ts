import assert from "node:assert/strict";
import { test } from "node:test";
import { host } from "../../src/host/server.ts";
import type { ModelIndexEntry } from "../../src/service/models.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { FakeCatalog, opened, run, two } from "./fake-catalog.ts";

const entry = (
  name: string,
  version: string,
  state: ModelIndexEntry["state"] = "READY",
  reason = "",
): ModelIndexEntry => ({ name, version, state, reason });

/** Makes a catalog of models that double, by their names. */
function catalogOf(...names: readonly string[]): FakeCatalog {
  const catalog = new FakeCatalog();
  for (const name of names) catalog.put(name, "1", "unnamed");
  return catalog;
}

test("Repository serves the models of its catalog", async () => {
  await using fixture = await opened(catalogOf("a", "b"));
  const { models } = fixture;
  assert.deepEqual([models.names, models.versionsOf("a")], [["a", "b"], ["1"]]);
  assert.deepEqual(models.index(), [entry("a", "1"), entry("b", "1")]);
  assert.equal(models.ready, true);
  assert.deepEqual(await run(models, "a"), ["1", 2, 4]);
  assert.deepEqual(await run(models, "b", "1"), ["1", 2, 4]);
  for (const [name, version] of [["c"], ["a", "2"], ["a", "stable"]] as const) {
    assert.throws(() => models.find(name, version), { code: "not_found" });
    await assert.rejects(async () => models.use(name, version, {}), { code: "not_found" });
  }
  await assert.rejects(models.load("c"), { code: "not_found" });
  await assert.rejects(models.unload("c"), { code: "not_found" });
  const workers = models.runners.map((runner) => runner.stats().ready);
  assert.deepEqual(workers, [1, 1], "several models have one worker each");
});

test("Repository loads a model anew without a gap", async () => {
  await using fixture = await opened(catalogOf("a"));
  const { models, catalog } = fixture;
  const first = models.find("a");
  await models.load("a");
  assert.equal(models.find("a"), first, "it has not changed");

  using before = await models.use("a", undefined, {});
  let isOver = false;
  let calls = 0;
  const caller = async (): Promise<void> => {
    for (; !isOver; calls++) assert.deepEqual((await run(models, "a")).slice(1), [2, 4]);
  };
  const callers = [caller(), caller(), caller()];
  catalog.put("a", "2", "noshape");
  await models.load("a");
  assert.deepEqual(models.index(), [entry("a", "2"), entry("a", "1", "UNLOADING")]);
  assert.deepEqual(await run(models, "a"), ["2", 2, 4]);
  const late = await before.model.run({ x: two(3, 4) });
  assert.deepEqual([...(late["y"]?.data ?? [])], [6, 8], "a use goes on");
  before[Symbol.dispose]();
  before[Symbol.dispose]();
  for (let round = 0; round < 5; round++) {
    catalog.put("a", "2", round % 2 === 0 ? "unnamed" : "noshape");
    await models.load("a");
  }
  isOver = true;
  await Promise.all(callers);
  assert.ok(calls > 0);
  // Of the versions of the catalog, the newest is served.
  const known = entry("a", "1", "UNAVAILABLE", "the settings of the model do not serve it");
  await until(() => models.index().every(({ state }) => state !== "UNLOADING"));
  assert.deepEqual(models.index(), [entry("a", "2"), known]);
});

test("Repository goes on with the old version if a load fails, and says why", async () => {
  await using fixture = await opened(catalogOf("a"));
  const { models, catalog } = fixture;
  const first = models.find("a");
  catalog.put("a", "1", "does-not-exist");
  const message = /^Model "a" failed to load: version 1: .*does-not-exist\.onnx/;
  await assert.rejects(models.load("a"), { code: "failed_precondition", message });
  assert.equal(models.find("a"), first);
  assert.deepEqual(await run(models, "a"), ["1", 2, 4]);
  const [only] = models.index();
  assert.equal(only?.state, "READY");
  assert.match(only?.reason ?? "", /does-not-exist/);
  catalog.put("a", "2", "does-not-exist");
  await assert.rejects(models.load("a"), { code: "failed_precondition" });
  assert.deepEqual(
    models.index().map(({ version, state }) => [version, state]),
    [
      ["2", "UNAVAILABLE"],
      ["1", "READY"],
    ],
  );
  catalog.models.get("a")?.versions.delete("2");
  catalog.put("a", "1", "unnamed", { versions: { kind: "specific", versions: ["7"] } });
  await assert.rejects(models.load("a"), {
    code: "failed_precondition",
    message:
      'Model "a" failed to load: Version 7 is to be served, but there is no version 7: ' +
      "there is 1",
  });
  assert.deepEqual(await run(models, "a"), ["1", 2, 4]);
  catalog.put("a", "1", "unnamed", {});
  await models.load("a");
  assert.deepEqual(models.index(), [entry("a", "1")]);
  assert.notEqual(models.find("a"), first);
});

test("Repository starts although some of its models are broken", async () => {
  using logged = silenced();
  const catalog = catalogOf("good", "bad", "odd");
  catalog.put("bad", "1", "does-not-exist");
  const odd = catalog.models.get("odd");
  if (odd !== undefined) odd.reason = "its settings are odd";
  {
    await using fixture = await opened(catalog);
    const { models, registry } = fixture;
    assert.equal(models.ready, true);
    assert.match(logged.text, /Model .bad. cannot be loaded: .*does-not-exist/);
    assert.match(logged.text, /Model .odd. cannot be loaded: .its settings are odd/);
    assert.deepEqual(
      models.index().map(({ name, version, state }) => [name, version, state]),
      [
        ["good", "1", "READY"],
        ["bad", "1", "UNAVAILABLE"],
        ["odd", "", "UNAVAILABLE"],
      ],
    );
    assert.deepEqual(models.names, ["good"]);
    const refused = { code: "unavailable", message: /^Model "odd" cannot be loaded: its settings/ };
    assert.throws(() => models.find("odd"), refused);
    assert.equal(registry.value("ekiben_models", { state: "unavailable" }), 2);
    await assert.rejects(models.load("odd"), { code: "failed_precondition" });
    if (odd !== undefined) delete odd.reason;
    await models.load("odd");
    assert.deepEqual(await run(models, "odd"), ["1", 2, 4]);
  }
  await using strict = await opened(catalog, { strictReadiness: true });
  assert.match(strict.models.whyNotReady ?? "", /^bad: version 1: .*does-not-exist/);
  await assert.rejects(opened(catalog, { required: true }), /does-not-exist/);
  catalog.models.delete("good");
  catalog.models.delete("odd");
  await using none = await opened(catalog);
  assert.match(none.models.whyNotReady ?? "", /^none of its models can be loaded: bad: /);
  await using empty = await opened(new FakeCatalog());
  assert.deepEqual([empty.models.ready, empty.models.index()], [true, []]);
});

test("Repository serves several versions, labels, and a canary", async () => {
  const catalog = catalogOf("a");
  const labels = { stable: "1", next: "3" };
  catalog.put("a", "2", "does-not-exist");
  catalog.put("a", "3", "noshape", { versions: { kind: "all" }, labels });
  using _ = silenced();
  await using fixture = await opened(catalog);
  const { models, registry } = fixture;
  assert.deepEqual(models.versionsOf("a"), ["3", "1"], "those that can be loaded");
  assert.match(models.index()[1]?.reason ?? "", /does-not-exist/);
  assert.deepEqual((await run(models, "a"))[0], "1");
  assert.deepEqual((await run(models, "a", "next"))[0], "3");
  const names = models.runners.map(({ name }) => name);
  assert.deepEqual(names, ["a.v3", "a.v1"]);
  assert.equal(registry.value("ekiben_model_ready", { model: "a", version: "3" }), 1);

  const before = models.find("a", "3");
  const settings = { versions: { kind: "all" }, labels, canary: { version: "next", share: 0.5 } };
  catalog.put("a", "2", "unnamed", settings as never);
  await models.load("a");
  assert.equal(models.find("a", "3"), before, "labels and shares need no other workers");
  const counts: Record<string, number> = {};
  for (let call = 0; call < 200; call++) {
    using use = await models.use("a", undefined, {});
    counts[use.model.version] = (counts[use.model.version] ?? 0) + 1;
  }
  assert.ok((counts["3"] ?? 0) > 50 && (counts["1"] ?? 0) > 50, JSON.stringify(counts));
  assert.equal(models.find("a").version, "1", "metadata are not shared out");
});

test("Repository unloads a model when its calls have ended, or their time is over", async () => {
  using logged = silenced();
  const clock = new FakeClock();
  const catalog = catalogOf("a", "b");
  await using fixture = await opened(catalog, { drainMs: 5_000 }, { ...host, clock });
  const { models } = fixture;
  const use = await models.use("a", undefined, {});
  let isUnloaded = false;
  const unloaded = models.unload("a").then(() => {
    isUnloaded = true;
  });
  await until(() => models.index()[0]?.state === "UNLOADING");
  assert.throws(() => models.find("a"), { code: "not_found", message: /"a" is not loaded$/ });
  assert.deepEqual(models.names, ["b"]);
  await use.model.run({ x: two(1, 2) });
  assert.equal(isUnloaded, false);
  use[Symbol.dispose]();
  await unloaded;
  assert.equal(models.ready, true);
  assert.deepEqual(models.index()[0], entry("a", "1", "UNAVAILABLE", "it is not loaded"));

  await models.load("a");
  using stuck = await models.use("a", undefined, {});
  const again = models.unload("a");
  await until(() => models.index()[0]?.state === "UNLOADING");
  clock.advance(5_000);
  // The end of its workers is awaited for a while, too.
  await until(() => {
    clock.advance(1_000);
    return models.index()[0]?.state === "UNAVAILABLE";
  });
  await again;
  assert.match(logged.text, /closed with 1 calls under way/);
  await assert.rejects(stuck.model.run({ x: two(1, 2) }), {
    code: "unavailable",
    message: 'Version 1 of model "a" was unloaded before the answer',
  });
});
