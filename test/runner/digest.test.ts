import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { host } from "../../src/host/server.ts";
import { metrics } from "../../src/metrics/registry.ts";
import { runner } from "../../src/runner/runner.ts";
import type { ModelIdentity } from "../../src/runner/runner-options.ts";
import { modelCondition, type UsedModel } from "../../src/runner/used-model.ts";
import { linesOf } from "../support/exposition.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import hashed from "./fixtures/hashed.ts";

const about = {
  serviceName: "tested",
  serviceVersion: "not available",
  namespace: "bentoml_runner",
  enabled: true,
};

const [a, b] = ["a".repeat(64), "b".repeat(64)];

async function started(
  digests: readonly (readonly string[])[],
  { workers = 1, ...model }: ModelIdentity & { readonly workers?: number } = {},
) {
  const log = silenced();
  const registry = metrics({ processMetrics: false });
  const params = { digests, started: new Int32Array(new SharedArrayBuffer(4)) };
  const made = runner(hashed, { name: "embedder", workers, params, model });
  await made.start(host, { metricsOf: () => ({ ...about, registry }) });
  return {
    made,
    log,
    infos: async () => Object.keys(await linesOf(registry, "ekiben_model_info")),
    async [Symbol.asyncDispose]() {
      await made.close();
      log[Symbol.dispose]();
    },
  };
}

test("runner() has the digest of its model, and its metrics show it while it runs", async () => {
  await using fixture = await started([[a]], { version: "3" });
  assert.equal(fixture.made.digest, `sha256:${a}`);
  const names = `model="embedder",version="3",digest="sha256:${a}"`;
  const info = `ekiben_model_info{runner_name="embedder",backend="wasm",${names}}`;
  assert.deepEqual(await fixture.infos(), [info]);
  await fixture.made.close();
  assert.equal(fixture.made.digest, undefined);
  assert.deepEqual(await fixture.infos(), []);
});

test("runner() has one digest of several models and of settings", async () => {
  const sha = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
  await using two = await started([[a, b]]);
  assert.equal(two.made.digest, sha(`model ${a}\nmodel ${b}\n`));
  await using set = await started([[a]], { settings: { threshold: 0.5 } });
  assert.equal(set.made.digest, sha(`model ${a}\nsettings {"threshold":0.5}\n`));
  await using none = await started([[]]);
  assert.equal(none.made.digest, undefined);
});

test("runner() names the model that has answered a call", async () => {
  await using fixture = await started([[a]], { name: "Sentence Model" });
  const used: object[] = [];
  const onModel = ({ name, digest }: UsedModel): number => used.push({ name, digest });
  await fixture.made.embed([1], { onModel });
  assert.deepEqual(used, [{ name: "Sentence Model", digest: `sha256:${a}` }]);
});

test("runner() refuses a call whose caller does not accept its model", async () => {
  await using fixture = await started([[a]]);
  const call = (header: string): Promise<unknown> =>
    fixture.made.embed([1], { ifModel: modelCondition(header) });
  for (const header of [`sha256:${a}`, `embedder@sha256:${a}`, `x@sha256:${b}, sha256:${a}`, "*"]) {
    assert.deepEqual(await call(header), [0], header);
  }
  for (const header of [`sha256:${b}`, `other@sha256:${a}`, `embedder@sha256:${b}`]) {
    await assert.rejects(call(header), {
      code: "model_mismatch",
      message: `If-Model does not name the model that answers: embedder@sha256:${a}`,
    });
  }
});

test("runner() does not use a worker that has loaded another model than the others", async () => {
  await using fixture = await started([[a], [a], [b], [a]], { workers: 2 });
  const { made, log } = fixture;
  await assert.rejects(made.fail(undefined));
  await until(() => made.stats().restarts > 1 && made.stats().ready === 2);
  assert.equal(made.digest, `sha256:${a}`);
  assert.match(log.text, /it has loaded another model \(sha256:b+\) than the other workers/);
  // The third worker, of the other model, has answered nothing.
  const answers = await Promise.all(Array.from({ length: 20 }, () => made.embed([1])));
  assert.ok(!answers.flat().includes(2), `${answers}`);
});

test("runner() takes another model when no worker has the old one any more", async () => {
  await using fixture = await started([[a], [b]]);
  const { made } = fixture;
  await assert.rejects(made.fail(undefined));
  await until(() => made.stats().ready === 1);
  assert.equal(made.digest, `sha256:${b}`);
  assert.deepEqual(
    (await fixture.infos()).map((line) => /digest="sha256:(.)/.exec(line)?.[1]),
    ["b"],
  );
  await assert.rejects(made.embed([1], { ifModel: modelCondition(`sha256:${a}`) }), {
    code: "model_mismatch",
  });
});

for (const [header, given] of [
  ["", '""'],
  ["embedder", '"embedder"'],
  ["embedder@sha256:abc", '"embedder@sha256:abc"'],
  [`a b@sha256:${a}`, `"a b@sha256:${a}"`],
  [`%zz@sha256:${a}`, `"%zz@sha256:${a}"`],
] as const) {
  test(`If-Model: ${header || "(empty)"} is refused`, () => {
    assert.throws(() => modelCondition(header), {
      code: "invalid_argument",
      message: new RegExp(`but has ${given.replaceAll(/[%"]/g, ".")}`),
    });
  });
}

test("If-Model has a bounded number of models", () => {
  const many = Array.from({ length: 33 }, () => `sha256:${a}`).join(",");
  assert.throws(() => modelCondition(many), { code: "invalid_argument", message: /at most 32/ });
});
