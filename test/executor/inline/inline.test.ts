import assert from "node:assert/strict";
import { test } from "node:test";
import { inlineExecutor } from "../../../src/executor/inline/inline.ts";
import type { Host } from "../../../src/host/host.ts";
import { host as serverHost } from "../../../src/host/server.ts";
import { type Runner, runner } from "../../../src/runner/runner.ts";
import type { StartDefaults } from "../../../src/runner/runner-options.ts";
import { tensor } from "../../../src/tensor.ts";
import { type Methods, type Runnable, runnable } from "../../../src/worker/runnable.ts";
import { workerHost } from "../../../src/worker-host.ts";
import { silenced } from "../../support/silenced.ts";
import { until } from "../../support/until.ts";
import values from "./fixtures/values.ts";

/** A running runner, which is closed at the end of the scope. */
type Running<M extends Methods> = Runner<M> & AsyncDisposable;

async function start<M extends Methods>(
  definition: Runnable<M, undefined>,
  options: { readonly callTimeoutMs?: number; readonly loadTimeoutMs?: number } = {},
  host: Host = serverHost,
  defaults: StartDefaults = {},
): Promise<Running<M>> {
  const own = { name: "own", isolation: "inline", optional: true, ...options } as const;
  const pool = runner(definition, own);
  await pool.start(host, defaults);
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.close() });
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("inline joins calls of different turns that arrive while a batch waits", async () => {
  await using pool = await start(values);
  const calls: Promise<unknown>[] = [];
  for (let call = 0; call < 20; call++) {
    calls.push(pool.sizes([call]));
    if (call % 5 === 4) await Promise.resolve();
  }
  const answers = (await Promise.all(calls)) as [row: number, size: number][][];
  const sizes = answers.map(([first]) => first?.[1] ?? 0);
  assert.ok(Math.max(...sizes) >= 10, `batches of ${sizes}`);
});

test("inline copies values: neither side sees what the other changes", async () => {
  await using pool = await start(values);
  const given = { list: [1, 2] };
  const answered = (await pool.keep(given)) as typeof given;
  answered.list.push(3);
  given.list.push(4);
  assert.deepEqual(await pool.kept(undefined), { list: [1, 2] });
  const pixels = tensor("float32", [2], Float32Array.of(1, 2));
  await pool.fill(pixels);
  assert.deepEqual([...pixels.data], [1, 2]);
});

test("inline refuses values that cannot be copied as threads do", async () => {
  const errors: Record<string, string[]> = {};
  for (const isolation of ["inline", "threads"] as const) {
    const pool = runner(values, { name: "own", isolation, optional: true });
    await pool.start(serverHost);
    const failures = await Promise.allSettled([pool.keep(() => {}), pool.unclonable(undefined)]);
    errors[isolation] = failures.map((each) => String(each.status === "rejected" && each.reason));
    await pool.close();
  }
  assert.deepEqual(errors["inline"], errors["threads"]);
});

test("inline gives each runnable its own host: in load, after it, and in methods", async () => {
  const seen: unknown[] = [];
  const seeing = runnable(import.meta.url, async ({ runner: name }) => {
    const backendOf = (): unknown => workerHost()?.backend;
    const atOnce = backendOf();
    await turn();
    seen.push([name, atOnce, backendOf()]);
    return {
      methods: {
        late: async () => {
          await turn();
          return backendOf();
        },
      },
    };
  });
  const opened = await Promise.all(
    ["one", "two"].map(async (backend) => await start(seeing, {}, serverHost, { backend })),
  );
  assert.deepEqual(seen, [
    ["own", "one", "one"],
    ["own", "two", "two"],
  ]);
  assert.deepEqual(await Promise.all(opened.map((each) => each.late(undefined))), ["one", "two"]);
  assert.equal(workerHost(), undefined);
  await Promise.all(opened.map((each) => each.close()));
});

test("inline replaces a worker whose call hangs, and closes each of them once", async () => {
  let open = 0;
  let closed = 0;
  const hanging = runnable(import.meta.url, () => {
    open += 1;
    return {
      methods: { hang: () => new Promise<never>(() => {}), ok: () => "ok" },
      close: () => {
        closed += 1;
      },
    };
  });
  using _ = silenced();
  const pool = await start(hanging, { callTimeoutMs: 50 });
  await assert.rejects(pool.hang(undefined), { code: "deadline_exceeded" });
  assert.equal(await pool.ok(undefined), "ok");
  // The call was run once more, on the replacement.
  assert.deepEqual([open, pool.stats().restarts, pool.stats().lostThreads], [3, 2, 0]);
  await pool.close();
  assert.equal(closed, 3);
});

test("inline closes what a load returns after its time", async () => {
  const loaded = Promise.withResolvers<void>();
  let closed = 0;
  const slow = runnable(import.meta.url, async () => {
    await loaded.promise;
    return {
      methods: { ok: () => "ok" },
      close: () => {
        closed += 1;
      },
    };
  });
  using _ = silenced();
  await assert.rejects(start(slow, { loadTimeoutMs: 20 }), /did not load within 20 ms/);
  assert.equal(closed, 0);
  loaded.resolve();
  await until(() => closed === 1);
});

test("inline without a storage loads one by one, and a load that hangs blocks none", async () => {
  // A module of its own, as the host of the server has a storage.
  const { loadWithWorkerHost, workerHost: hostNow } = (await import(
    `../../../src/worker-host.ts?${"portable"}`
  )) as typeof import("../../../src/worker-host.ts");
  const hostOf = (backend: string): NonNullable<ReturnType<typeof workerHost>> =>
    ({ backend }) as NonNullable<ReturnType<typeof workerHost>>;
  let giveUp = (): void => {};
  const seen: unknown[] = [];
  void loadWithWorkerHost(
    hostOf("hung"),
    () => new Promise(() => {}),
    (given) => {
      giveUp = given;
    },
  );
  const loads = ["one", "two"].map((backend) =>
    loadWithWorkerHost(
      hostOf(backend),
      async () => {
        await turn();
        seen.push([backend, hostNow()?.backend]);
      },
      () => {},
    ),
  );
  await turn();
  assert.deepEqual([seen, hostNow()?.backend], [[], "hung"]);
  giveUp();
  await Promise.all(loads);
  assert.deepEqual(seen, [
    ["one", "one"],
    ["two", "two"],
  ]);
  assert.equal(hostNow(), undefined);
});

test("inline moves a tensor that was packed for it, and does not copy it again", () => {
  const { buffer } = new Float32Array(1_000);
  const executor = inlineExecutor();
  const worker = executor.start(
    {
      load: { kind: "load", module: "", runner: "own", workerIndex: 1, threads: 1 } as never,
      runnable: values as Runnable,
    },
    { message() {}, exit() {} },
  );
  worker.post({ kind: "run", id: 1, method: "keep", input: buffer }, [buffer]);
  assert.equal(buffer.byteLength, 0);
  worker.terminate();
});
