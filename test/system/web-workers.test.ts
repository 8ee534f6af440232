/** The runners of a page in Web Workers, in Chromium: pools, ends of workers, wrong scripts. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Chromium, launchChromium, type OpenPage } from "../support/chromium.ts";
import { bundleScripts } from "../support/page-scripts.ts";
import { type SiteFiles, serveFiles } from "../support/site.ts";
import { until } from "../support/until.ts";
import type { Parts } from "./fixtures/web-page.ts";

/** The parts of the page, for the functions that run in it. */
declare const calls: Parts["calls"];
declare const mnist: Parts["mnist"];
declare const start: Parts["start"];
declare const tensor: Parts["tensor"];

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const limits = { timeout: 300_000 };

async function builtSite(): Promise<SiteFiles> {
  return {
    "/index.html":
      '<title>Page</title><link rel="icon" href="data:,">' +
      '<script type="module" src="/web-page.js"></script>',
    ...(await bundleScripts(fixtures, ["web-page.ts", "web-page-worker.ts"], true)),
    "/html.js": "<!doctype html>",
    "/throws.js": 'throw new Error("the script is broken");',
    "/module.js": 'import "./web-page-worker.js";',
  };
}

const files = await builtSite();
const chromium: Chromium = await launchChromium();
after(() => chromium[Symbol.asyncDispose]());

/** A page, with the requests of its site. */
interface TestPage extends OpenPage {
  readonly requests: string[];
}

async function opened(
  options: Parameters<typeof serveFiles>[1] = {},
  given: SiteFiles = files,
): Promise<TestPage> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await serveFiles(given, options));
  const page = await chromium.open(`${site.url}/`);
  const all = stack.move();
  return Object.assign(page, {
    requests: site.requests,
    [Symbol.asyncDispose]: async () => {
      await page.context.close();
      await all.disposeAsync();
    },
  });
}

const SCRIPT = "/web-page-worker.js";

for (const isolated of [false, true]) {
  const place = isolated ? "an isolated page (COOP, COEP)" : "a page";

  test(`a pool of two workers runs MNIST in ${place}`, limits, async () => {
    await using page = await opened({ isolated });
    const found = await page.run(async (script) => {
      await start(script);
      const input = tensor("float32", [1, 1, 28, 28]);
      const outputs = await Promise.all(Array.from({ length: 20 }, () => mnist.classify(input)));
      const indices = await Promise.all(Array.from({ length: 20 }, () => calls.index(undefined)));
      return {
        isolated: crossOriginIsolated,
        isolation: mnist.stats().isolation,
        workers: mnist.stats().ready,
        indices: [...new Set(indices)].sort(),
        sums: outputs.map(({ data }) => data.reduce((sum, value) => sum + value, 0)),
      };
    }, SCRIPT);
    const { sums, ...rest } = found;
    assert.deepEqual(rest, { isolated, isolation: "web", workers: 2, indices: [1, 2] });
    assert.ok(sums.length === 20 && sums.every((sum) => Math.abs(sum - 1) < 1e-4));
    const code = page.requests.filter((request) => request.includes("ort-wasm"));
    assert.equal(code.filter((request) => request.endsWith(".wasm")).length, 1, code.join());
    page.assertClean();
  });

  test(`workers end, throw and hang in ${place}, and each call is answered`, limits, async () => {
    await using page = await opened({ isolated });
    const found = await page.run(async (script) => {
      await start(script);
      const outcome = (call: Promise<unknown>): Promise<unknown> =>
        call.catch(({ name, code, message }) => `${code ?? name}: ${message}`);
      const results: Record<string, unknown> = {};
      for (const method of ["throws", "throwsOutside", "closes", "closesUnseen"] as const) {
        results[method] = await outcome(calls[method](undefined));
        results[`after ${method}`] = await calls.echo(1);
      }
      results["rejectsOutside"] = await calls.rejectsOutside(2);
      results["fillsMemory"] = await outcome(calls.fillsMemory(undefined));
      results["never"] = await outcome(calls.never(undefined));
      results["busy"] = await outcome(calls.busy(3_600_000));
      const lost: unknown[] = [];
      // One end at a time: a call that has lost two workers is not run a third time.
      for (let round = 0; round < 4; round++) {
        const some = Array.from({ length: 50 }, (_, at) =>
          at === 7 ? calls.closesLater(at) : calls.echo(at),
        );
        lost.push(...(await Promise.all(some)).filter((value, at) => value !== at));
      }
      results["lost"] = lost;
      results["busy threads"] = calls.stats().lostThreads;
      return results;
    }, SCRIPT);
    const lost = (method: string): string =>
      `unavailable: Runner "stunts" lost 2 workers while they ran "${method}"`;
    const late = (method: string): RegExp =>
      new RegExp(`^deadline_exceeded: Worker \\d of runner "stunts" did not answer "${method}" wi`);
    const { never, busy, fillsMemory, ...rest } = found;
    assert.deepEqual(rest, {
      throws: "RangeError: thrown by a method",
      "after throws": 1,
      throwsOutside: lost("throwsOutside"),
      "after throwsOutside": 1,
      closes: lost("closes"),
      "after closes": 1,
      closesUnseen: lost("closesUnseen"),
      "after closesUnseen": 1,
      rejectsOutside: 2,
      lost: [],
      "busy threads": 0,
    });
    assert.match(String(never), late("never"));
    assert.match(String(busy), late("busy"));
    assert.match(String(fillsMemory), /^RangeError: /);
    const log = page.console.join("\n");
    for (const text of [
      /Unhandled exception in worker \d of runner stunts: Error: thrown outside of a call/,
      /Unhandled rejection in worker \d of runner stunts: Error: rejected outside of a call/,
      /is lost: it ended: its code called close\(\)/,
      /is lost: it ended: its code or its runtime ended it/,
    ]) {
      assert.match(log, text);
    }
    assert.deepEqual(page.errors, []);
  });
}

test("a heartbeat finds a worker that has ended, in a page without locks", limits, async () => {
  await using page = await opened();
  await page.context.addInitScript(() => {
    Reflect.deleteProperty(Navigator.prototype, "locks");
  });
  await page.page.reload();
  await page.page.clock.install();
  await page.run(async (script) => {
    await start(script);
    await calls.closesLaterUnseen(1);
  }, SCRIPT);
  // Time moves in the page alone.
  await until(async () => {
    await page.page.clock.runFor(1_000);
    return (await page.run(() => calls.stats().restarts)) > 0;
  });
  assert.match(page.console.join("\n"), /is lost: it ended: it no longer answers/);
});

const NOT_LOADED = /it ended: its script could not be loaded: its URL must be of this origin/;

/** Scripts that cannot run, and the reasons that the page gives. */
const WRONG: readonly (readonly [what: string, script: string, reason: RegExp])[] = [
  ["is missing", "/missing.js", NOT_LOADED],
  ["is a page of HTML", "/index.html", NOT_LOADED],
  ["is HTML in a file of JavaScript", "/html.js", NOT_LOADED],
  ["is of another origin", "http://localhost:9/a.js", /it ended: .*cannot be accessed from origin/],
  ["throws", "/throws.js", /it ended: Error: the script is broken \(http.*throws\.js:1\)/],
];

test("a page whose script of the workers cannot run says why", limits, async () => {
  await using page = await opened();
  const reasonOf = (script: string, type: WorkerType): Promise<string> =>
    page.run(
      ([url, given]: readonly [string, WorkerType]) =>
        start(url, { type: given }).then(
          () => "started",
          ({ message }) => message,
        ),
      [script, type],
    );
  for (const [what, script, reason] of WRONG) {
    assert.match(await reasonOf(script, "module"), reason, `a script that ${what}`);
  }
  const classic = await reasonOf("/module.js", "classic");
  assert.match(
    classic,
    /Cannot use import statement .*: start it by new Worker\(url, \{ type: "mo/,
  );
  assert.equal(await reasonOf(SCRIPT, "module"), "started");
});

test("a page whose policy forbids its workers says so", limits, async () => {
  const policy = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'";
  await using page = await opened({ headers: { "content-security-policy": policy } });
  const reason = await page.run(
    (script) =>
      start(script).then(
        () => "started",
        ({ message }) => message,
      ),
    SCRIPT,
  );
  assert.match(
    reason,
    /it ended: (its script could not be loaded: .*Content-Security-Policy|.*Po)/,
  );
});

test("a page without a script for workers runs inline", limits, async () => {
  await using page = await opened();
  const found = await page.run(async () => {
    const failure = (isolation: "threads" | "web"): Promise<string> =>
      start(undefined, undefined, isolation).then(String, ({ message }) => message);
    const [web, threads] = [await failure("web"), await failure("threads")];
    const server = await start();
    const answer = await server.request("/echo", { method: "POST", body: "3" });
    return { web, threads, isolation: calls.stats().isolation, answer: await answer.text() };
  });
  const { web, threads, ...rest } = found;
  assert.deepEqual(rest, { isolation: "inline", answer: "3" });
  assert.match(
    web,
    /has no isolation "web", but only inline\. Give the script of the workers: app\(/,
  );
  assert.match(threads, /has no isolation "threads", but only inline\. Browsers have no threads/);
});

test("a page whose code of ONNX Runtime is missing says so", limits, async () => {
  const isCode = (path: string): boolean => /ort-wasm.*\.wasm$/.test(path);
  const without = Object.fromEntries(Object.entries(files).filter(([path]) => !isCode(path)));
  for (const [given, reason] of [
    [{}, /: the server answered 404/],
    [
      Object.fromEntries(
        Object.keys(files)
          .filter(isCode)
          .map((path) => [path, "<!doctype html>"]),
      ),
      /: the server answered with something else \(application\/wasm\)/,
    ],
  ] as const) {
    await using page = await opened({}, { ...without, ...given });
    const message = await page.run(
      (script) => start(script).catch((error: Error) => error.message),
      SCRIPT,
    );
    assert.match(String(message), /There is no WebAssembly at http\S+ort-wasm\S+\.wasm: /);
    assert.match(String(message), reason);
  }
});
