import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { host as nodeHost } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import { NO_ADDRESS, type Runnable, runnable, whyNoImport } from "../../src/worker/runnable.ts";
import { until } from "../support/until.ts";
import empty from "./fixtures/empty.ts";
import misplaced from "./fixtures/misplaced.ts";
import moody from "./fixtures/moody.ts";
import taken from "./fixtures/taken.ts";
import { started } from "./moody-runner.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-runner-"));
after(() => rmSync(folder, { recursive: true }));

test("runner() runs batched methods on tensors and records of tensors", async () => {
  await using fixture = await started();
  const { moods } = fixture;
  const doubled = await moods.double(tensor("float32", [2, 1], Float32Array.of(1, 2)));
  assert.deepEqual(doubled, tensor("float32", [2, 1], Float32Array.of(2, 4)));
  const a = tensor("float64", [1], Float64Array.of(3));
  const { total } = await moods.sum({ a, b: a });
  assert.deepEqual(total.data, Float64Array.of(6));
});

test("runner() does not move the caller's data", async () => {
  await using fixture = await started();
  const whole = Float32Array.of(0, 1, 2, 3);
  const view = tensor("float32", [2], whole.subarray(1, 3));
  assert.deepEqual([...(await fixture.moods.double(view)).data], [2, 4]);
  assert.deepEqual([...whole], [0, 1, 2, 3]);
});

test("runner() leaves a pooled Buffer's neighbours alone", async () => {
  await using fixture = await started();
  const neighbour = Buffer.from("neighbour");
  const bytes = tensor("uint8", [3], Buffer.from("abc"));
  const echoed = (await fixture.moods.echo(bytes)) as Tensor<"uint8">;
  assert.deepEqual([...echoed.data], [97, 98, 99]);
  assert.equal(neighbour.toString(), "neighbour");
  assert.equal(bytes.data.toString(), "abc");
});

test("runner() passes every kind of value that can be cloned", async () => {
  await using fixture = await started();
  const values = ["text", 1.5, 7n, null, undefined, [1, [2]], { deep: { list: [true] } }];
  for (const value of [...values, Uint8Array.of(1, 2), new Map([["a", 1]])]) {
    assert.deepEqual(await fixture.moods.echo(value), value);
  }
  const strings = tensor("string", [2], ["a", "b"]);
  const half = tensor("float16", [1], Float16Array.of(0.5));
  assert.deepEqual(await fixture.moods.echo([strings, half]), [strings, half]);
});

test("runner() rejects with what the method threw, its code kept", async () => {
  await using fixture = await started();
  const { moods } = fixture;
  await assert.rejects(moods.fail("oh no"), { name: "Error", message: "oh no" });
  await assert.rejects(moods.refuse("too old"), {
    name: "ServiceError",
    code: "failed_precondition",
    message: "too old",
  });
  assert.equal(await moods.echo("still here"), "still here");
});

test("runner() fails a row alone for an error in its place", async () => {
  await using fixture = await started();
  const { moods } = fixture;
  const calls = await Promise.allSettled([[4], [-1], [9, -4]].map((list) => moods.roots(list)));
  const [good, bad, mixed] = calls;
  assert.deepEqual(good, { status: "fulfilled", value: [2] });
  assert.equal(bad?.status === "rejected" && String(bad.reason), "RangeError: no root of -1");
  assert.equal(String(mixed?.status === "fulfilled" && mixed.value), "3,RangeError: no root of -4");
  assert.deepEqual(moods.stats().batchers["roots"]?.batches.idle, 1);
});

test("runner() rejects values that cannot be cloned, and goes on", async () => {
  await using fixture = await started();
  const { moods } = fixture;
  await assert.rejects(
    moods.echo(() => 1),
    { name: "TypeError", message: /"echo" cannot be sent/ },
  );
  await assert.rejects(moods.uncloneable(undefined), /clone/i);
  assert.equal(await moods.echo(1), 1);
});

test("runner() suggests the nearest method for an unknown one", async () => {
  await using fixture = await started();
  const untyped = fixture.moods as unknown as Record<string, (input: unknown) => Promise<unknown>>;
  await assert.rejects(
    async () => untyped["duoble"]?.(1),
    /no method "duoble": did you mean "double"\?/,
  );
  assert.equal(untyped["then"], undefined);
});

test("runner() is neither a promise nor has it a toJSON()", async () => {
  await using fixture = await started();
  assert.equal(await Promise.resolve(fixture.moods), fixture.moods);
  assert.doesNotThrow(() => JSON.stringify(fixture.moods));
});

test("runner() refuses calls before it starts and after it closes", async () => {
  const moods = runner(moody, { name: "moody", workers: 1, params: {} });
  const code = "unavailable";
  await assert.rejects(moods.echo(1), {
    code,
    message:
      'Runner "moody" is not running: list it in "runners" of the service whose handlers call ' +
      "it, or call its start()",
  });
  await moods.start(nodeHost);
  assert.equal(moods.ready, true);
  await moods.close();
  assert.equal(moods.ready, false);
  const message = 'Runner "moody" is not running: it has been closed';
  await assert.rejects(moods.echo(1), { code, message });
});

for (const method of ["duoble", "echo"]) {
  test(`runner() does not start with batch settings of "${method}"`, async () => {
    const methods = { [method]: { batch: { maxBatchSize: 2 } } };
    const moods = runner(moody, { workers: 1, params: {}, methods });
    await assert.rejects(moods.start(nodeHost), {
      name: "TypeError",
      message: new RegExp(`has no batched method "${method}", which "methods" names`),
    });
  });
}

test("runner() has one bound of waiting rows for methods that have none of their own", async () => {
  await using fixture = await started({
    maxQueueRows: 2,
    methods: { roots: { batch: { maxQueueRows: 3 } } },
  });
  const { moods } = fixture;
  const busy = moods.spin(50);
  const wait = [moods.roots([1, 4]), moods.roots([9]), moods.echo(1), moods.echo(2)];
  await assert.rejects(moods.roots([1]), /overloaded: 3 rows are waiting already/);
  const doubles = [1, 2, 3].map((value) =>
    moods.double(tensor("float32", [1], Float32Array.of(value))),
  );
  await assert.rejects(Promise.all(doubles), /overloaded: 2 rows are waiting already/);
  await assert.rejects(moods.echo(3), /overloaded: 2 calls are waiting already/);
  await Promise.all([busy, ...wait]);
});

test("runner() spreads calls over its workers, each with its index", async () => {
  await using fixture = await started({ workers: 2 });
  const { moods } = fixture;
  const both = await Promise.all([moods.index(undefined), moods.index(undefined)]);
  assert.deepEqual(both.sort(), [1, 2]);
});

const wrong: [object, RegExp][] = [
  [
    { worker: 2 },
    /Cannot define runner "moody" with the option "worker": did you mean "workers"\?/,
  ],
  [{ maxQueue: 9 }, /"maxQueue": did you mean "maxQueueRows"\?/],
  [{ maxBatchSize: 9 }, /"maxBatchSize": it belongs in "batch"/],
  [{ batch: { maxLatency: 9 } }, /Cannot batch .* "maxLatency": did you mean "maxLatencyMs"\?/],
  [{ batch: { strategy: "off" } }, /"strategy" must be adaptive\(\), .* but was "off"/],
  [{ methods: { double: { maxBatchSize: 2 } } }, /method "double" .*: it belongs in "batch"/],
  [{ methods: { double: { batch: { maxBatchSize: 0 } } } }, /"maxBatchSize" must be/],
  [{ name: "Upper Case" }, /Cannot name a runner "Upper Case"/],
  [{ workers: 0 }, /"workers" must be a whole number from 1 up, but was 0/],
  [{ workers: 1.5 }, /but was 1.5/],
  [{ callTimeoutMs: Number.NaN }, /"callTimeoutMs" must be .* but was NaN/],
  [{ loadTimeoutMs: -1 }, /"loadTimeoutMs"/],
  [{ maxQueueRows: -1 }, /"maxQueueRows" must be a whole number from 0 up/],
  [{ threads: 2 }, /asks for 2 threads, but its runnable uses one/],
];
for (const [settings, message] of wrong) {
  test(`runner() refuses ${JSON.stringify(settings)} when it is defined`, () => {
    assert.throws(() => runner(moody, { params: {}, ...settings }), message);
  });
}

test("runner() refuses what is not a runnable, and a runnable without a module", () => {
  assert.throws(() => runner({} as Runnable), /must be what runnable\(\) returns, but was object/);
  assert.throws(() => runnable("moody.ts", () => ({})), /must be import.meta.url, but was "\S+"$/);
  assert.throws(() => runnable("/a/moody.cjs", () => ({})), /pathToFileURL\(__filename\)\.href$/);
});

test("whyNoImport() says which modules workers cannot import", () => {
  assert.match(whyNoImport(NO_ADDRESS) ?? "", /^import.meta.url is undefined in the module/);
  for (const name of ["[eval]", "[eval1]", "[stdin]", "$deno$eval.mts", "$deno$stdin.ts"]) {
    assert.match(whyNoImport(`file:///a/${name}`) ?? "", /without a file.*Write it into one$/);
  }
  assert.equal(whyNoImport("file:///a/[id]/moody.ts"), undefined);
  assert.equal(whyNoImport("file:///a/eval.ts"), undefined);
});

test("runner() takes its name from the runnable's file", () => {
  assert.equal(runner(moody, { params: {} }).name, "moody");
});

const unloadable: [string, Runnable, RegExp][] = [
  ["has no methods", empty as unknown as Runnable, /"empty" has no methods/],
  [
    "has an option in the wrong place",
    misplaced as unknown as Runnable,
    /"notIdempotent" is an option of runnable\(\), its third argument/,
  ],
  ["has a method with a name of the runner", taken as unknown as Runnable, /a method "stats"/],
  [
    "is not a runnable's module",
    {
      ...moody,
      url: new URL("./fixtures/not-a-runnable.ts", import.meta.url).href,
    } as unknown as Runnable,
    /must be what runnable\(\) returns/,
  ],
  [
    "does not exist",
    { ...moody, url: new URL("./none.ts", import.meta.url).href } as unknown as Runnable,
    /none\.ts/,
  ],
];
for (const [what, definition, message] of unloadable) {
  test(`runner() does not start when the module ${what}`, async () => {
    const unstartable = runner(definition, {
      name: definition === (moody as unknown) ? "x" : undefined,
    } as object);
    await assert.rejects(unstartable.start(nodeHost), message);
    assert.equal(unstartable.ready, false);
  });
}

test("runner() does not start when load() throws", async () => {
  const broken = join(folder, "broken-at-start");
  writeFileSync(broken, "");
  await assert.rejects(started({ params: { broken } }), { message: "the fixture is broken" });
});

test("runner() removes a canceled call from the queue", async () => {
  await using fixture = await started();
  const { moods } = fixture;
  const running = moods.spin(50);
  const controller = new AbortController();
  const queued = moods.echo(1, { signal: controller.signal });
  await until(() => moods.stats().queued === 1);
  controller.abort(new Error("changed my mind"));
  await assert.rejects(queued, { message: "changed my mind" });
  assert.equal(moods.stats().queued, 0);
  assert.equal(await running, "spun");
});

test("runner() rejects a canceled running call at once and keeps its worker", async () => {
  await using fixture = await started();
  const { moods } = fixture;
  const controller = new AbortController();
  const running = moods.spin(50, { signal: controller.signal });
  await until(() => moods.stats().running === 1);
  controller.abort(new Error("too late"));
  await assert.rejects(running, { message: "too late" });
  assert.equal(await moods.echo("next"), "next");
  assert.equal(moods.stats().restarts, 0);
});

test("runner() runs nothing for a signal that is aborted already", async () => {
  await using fixture = await started();
  const signal = AbortSignal.abort(new Error("gone"));
  await assert.rejects(fixture.moods.exit(1, { signal }), { message: "gone" });
  assert.equal(fixture.moods.stats().ready, 1);
});

test("runner() refuses a call when its queue is full", async () => {
  await using fixture = await started({ maxQueueRows: 2 });
  const { moods } = fixture;
  const calls = [moods.spin(20), moods.echo(1), moods.echo(2)];
  await assert.rejects(moods.echo(3), {
    code: "unavailable",
    retryAfterSeconds: 1,
    message: 'Runner "moody" is overloaded: 2 calls are waiting already',
  });
  assert.deepEqual(await Promise.all(calls), ["spun", 1, 2]);
});

test("runner() fails the waiting calls when it closes", async () => {
  const { moods } = await started();
  const calls = [moods.never(undefined), moods.echo(1)];
  const outcomes = Promise.allSettled(calls);
  await until(() => moods.stats().running === 1);
  await moods.close();
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, "rejected");
    assert.match(String(outcome.reason), /"moody" is shutting down/);
  }
});
