import assert from "node:assert/strict";
import { test } from "node:test";
import type { Host } from "../../src/host/host.ts";
import type { Hook, Hooks } from "../../src/service/hooks.ts";
import { type Service, service } from "../../src/service/service.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { recorder } from "./recorder.ts";

const NAMES = ["onStart", "onReady", "onStop"] as const;

interface Opened {
  readonly tested: Service;
  readonly host: Host;
  readonly clock: FakeClock;
  readonly log: string[];
}

/** A service with a runner and three hooks, all of which append to a log. */
function open(own: Partial<Hooks> = {}, failure?: Error): Opened {
  const log: string[] = [];
  const clock = new FakeClock();
  const hooks = NAMES.map((name): [string, Hook] => [
    name,
    (context) => {
      log.push(name);
      return own[name]?.(context);
    },
  ]);
  const { hookTimeoutMs = 30_000 } = own;
  const tested = service("tested", {
    apis: {},
    runners: [recorder("r", log, failure)],
    hookTimeoutMs,
    ...Object.fromEntries(hooks),
  });
  return { tested, host: { clock } as unknown as Host, clock, log };
}

test("service() runs its hooks around its runners, at every start", async () => {
  const { tested, host, clock, log } = open({ onStart: async () => {} });
  for (let round = 0; round < 2; round++) {
    await tested.start(host);
    assert.deepEqual(log.splice(0), ["onStart", "start r", "onReady"]);
    await tested.close();
    assert.deepEqual(log.splice(0), ["onStop", "close r"]);
    await tested.close();
    assert.deepEqual(log, [], "a second close() does nothing");
  }
  assert.equal(clock.pending, 0);
});

test("service() is ready after onStart and before onReady", async () => {
  const entered = Promise.withResolvers<void>();
  const { tested, host } = open({
    onStart: () => entered.promise,
    onReady: () => assert.equal(tested.ready, true),
    onStop: () => assert.equal(tested.ready, false),
  });
  const starting = tested.start(host);
  assert.deepEqual([tested.ready, tested.whyNotReady], [false, "The service is starting"]);
  entered.resolve();
  await starting;
  assert.deepEqual([tested.ready, tested.whyNotReady], [true, undefined]);
  await tested.close();
});

test("Service.start() names a hook that fails, and leaves nothing running", async () => {
  const failures: readonly [Partial<Hooks>, string, readonly string[]][] = [
    [{ onStart: fail }, "onStart", ["onStart"]],
    [{ onReady: fail }, "onReady", ["onStart", "start r", "onReady", "onStop", "close r"]],
    [{ onStart: () => Promise.reject(new Error("no database")) }, "onStart", ["onStart"]],
  ];
  for (const [own, name, expected] of failures) {
    const { tested, host, log } = open(own);
    await assert.rejects(tested.start(host), {
      message: `The hook ${name} of service "tested" failed: no database`,
    });
    assert.deepEqual(log, expected);
    assert.equal(tested.ready, false);
  }
});

function fail(): never {
  throw new Error("no database");
}

test("Service.start() runs onStop when a runner fails after onStart", async () => {
  const failure = new Error("no model");
  const { tested, host, log } = open({}, failure);
  await assert.rejects(tested.start(host), failure);
  assert.deepEqual(log, ["onStart", "start r", "onStop"]);
  assert.equal(tested.whyNotReady, "The service could not start");
});

test("Service.start() fails when a hook does not end in time, and aborts its signal", async () => {
  for (const name of ["onStart", "onReady"] as const) {
    let signal: AbortSignal | undefined;
    const { tested, host, clock, log } = open({
      hookTimeoutMs: 1500,
      [name]: (context: { readonly signal: AbortSignal }) => {
        signal = context.signal;
        return new Promise<void>(() => {});
      },
    });
    const starting = tested.start(host);
    const message = `The hook ${name} of service "tested" did not end within 1.5 s`;
    const rejected = assert.rejects(starting, { message });
    await until(() => log.includes(name));
    clock.advance(1499);
    assert.equal(signal?.aborted, false);
    clock.advance(1);
    await rejected;
    assert.equal(signal?.aborted, true);
    assert.equal(clock.pending, 0);
  }
});

test("Service.close() warns of an onStop that fails or hangs, and goes on", async () => {
  const never = () => new Promise<void>(() => {});
  const cases: readonly [Hook, RegExp][] = [
    [fail, /The service stops all the same: .*onStop of service "tested" failed: no database/],
    [never, /The service stops all the same: .*onStop of service "tested" did not end within 30 s/],
  ];
  for (const [onStop, warning] of cases) {
    using output = silenced();
    const { tested, host, clock, log } = open({ onStop });
    await tested.start(host);
    const closing = tested.close();
    if (onStop === never) clock.advance(30_000);
    await closing;
    assert.equal(log.at(-1), "close r");
    assert.match(output.text, warning);
  }
});

test("Service.close() ends a start whose onStart is running", async () => {
  let signal: AbortSignal | undefined;
  const { tested, host, log } = open({
    onStart: (context) => {
      signal = context.signal;
      return new Promise<void>(() => {});
    },
  });
  const rejected = assert.rejects(tested.start(host), {
    message: 'Service "tested" was stopped before it had started',
  });
  await tested.close();
  await rejected;
  assert.equal(signal?.aborted, true);
  assert.ok(!log.includes("start r") && !log.includes("onStop"), log.join());
});

test("service() refuses an invalid bound, and a misspelt hook", () => {
  assert.throws(() => service("x", { apis: {}, hookTimeoutMs: 0 }), /"hookTimeoutMs" must be/);
  const misspelt = { apis: {}, onstart: () => {} };
  assert.throws(() => service("x", misspelt), /option "onstart": did you mean "onStart"\?/);
  const wrong = { apis: {}, onStart: 5 as unknown as Hook };
  assert.throws(() => service("x", wrong), /onStart of service "x" must be a function, not 5/);
});
