/** Pages that give the script of their Web Workers, on Bun and Deno; on Node, their error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { app } from "../../../src/app/app.ts";
import { runWorker } from "../../../src/app/run-worker.ts";
import { service } from "../../../src/service/service.ts";
import { silenced } from "../../support/silenced.ts";
import page, { calls } from "./fixtures/stunts-service.ts";

const isNode = !("Worker" in globalThis);

/** Returns the option `worker` for a script of the fixtures. */
const script = (file: string) => () =>
  new Worker(new URL(`fixtures/${file}`, import.meta.url), { type: "module" });

/** Tests something about the script of a page, or the error of a runtime without Web Workers. */
function pageTest(name: string, work: () => Promise<void>): void {
  test(name, async () => {
    if (!isNode) return await work();
    using _ = silenced();
    await using server = app(page, { worker: script("page-worker.ts") });
    await assert.rejects(server.ready(), {
      message:
        'Runner "stunts" cannot start its workers: this runtime has no isolation "web", but only ' +
        "threads, process, inline. " +
        'There are no Web Workers here: leave out the option "worker"',
    });
  });
}

pageTest("app() runs the runners of a page in the workers of its script", async () => {
  await using server = app(page, { worker: script("page-worker.ts") });
  await server.ready();
  const answer = await server.request("/echo", { method: "POST", body: "7" });
  assert.equal(await answer.text(), "7");
  const workers = await Promise.all(Array.from({ length: 20 }, () => calls.index(undefined)));
  assert.deepEqual([...new Set(workers)].sort(), [1, 2]);
  const metrics = await (await server.request("/metrics")).text();
  assert.match(metrics, /service_name="page"/);
});

const BROKEN: readonly (readonly [file: string, reason: RegExp])[] = [
  ["missing.ts", /it ended: .*([Mm]odule ?[Nn]ot ?[Ff]ound|not find)/],
  ["throwing-worker.ts", /it ended: .*the script is broken/],
  [
    "other-page-worker.ts",
    /Service "other" of the script has no runner "stunts": did you mean "stunt"\? The page must/,
  ],
];

for (const [file, reason] of BROKEN) {
  pageTest(`app() does not start with the script ${file}, and says why`, async () => {
    using _ = silenced();
    await using server = app(page, { worker: script(file) });
    await assert.rejects(server.ready(), reason);
  });
}

pageTest("app() does not start with a function that returns no worker", async () => {
  using _ = silenced();
  for (const worker of [() => undefined, () => "./worker.js"]) {
    await using server = app(page, { worker: worker as unknown as () => Worker });
    await assert.rejects(server.ready(), /the function "worker" must return a new Worker, but/);
  }
});

test("app() refuses a wrong isolation and a wrong worker", () => {
  assert.throws(() => app(page, { isolation: "fibers" as never }), {
    name: "TypeError",
    message: '"isolation" must be one of "threads", "process", "web", "inline", but was "fibers"',
  });
  for (const worker of ["./worker.js", {}, null]) {
    assert.throws(() => app(page, { worker: worker as never }), {
      name: "TypeError",
      message:
        '"worker" must be a function that starts a Web Worker, such as () => new Worker(new URL(' +
        `"./worker.js", import.meta.url), { type: "module" }), but was ${typeof worker}`,
    });
  }
});

test("runWorker() throws outside of a Web Worker, and without a service", () => {
  const empty = service("empty", { apis: {} });
  assert.throws(() => runWorker(empty), /this script is not that of a Web Worker/);
  assert.throws(() => runWorker({} as never), {
    name: "TypeError",
    message: "Cannot call runWorker(): it needs what service() returns, not object",
  });
});
