/** A runner of the moody fixture, its clock in the hands of the test. */
import assert from "node:assert/strict";
import { threads } from "../../src/executor/threads/threads.ts";
import { host as nodeHost } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import type { RunnerOptions, RunnerSettings } from "../../src/runner/runner-options.ts";
import { withThreads } from "../support/executors.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { until } from "../support/until.ts";
import moody from "./fixtures/moody.ts";

/** Starts a runner of the fixture, and stops it at the end of the test. */
export async function started(
  settings: RunnerSettings &
    Pick<RunnerOptions<unknown>, "methods"> & {
      params?: { broken?: string; unloadable?: number };
    } = {},
  stopsBusyWorkers = threads.stopsBusyWorkers,
) {
  const clock = new FakeClock();
  const host = withThreads({ ...nodeHost, clock }, threads.start, stopsBusyWorkers);
  const moods = runner(moody, { name: "moody", workers: 1, params: {}, ...settings });
  await moods.start(host);
  return { moods, clock, [Symbol.asyncDispose]: () => moods.close() };
}

export type Fixture = Awaited<ReturnType<typeof started>>;

/** Calls a method that ends its worker, letting the replacements start without delay. */
export async function settledAfterLoss(
  { moods, clock }: Fixture,
  method: "exit" | "exitForGood" | "exitOnce" | "throwLater",
  input: unknown,
): Promise<unknown> {
  let settled = false;
  const call = moods[method](input as never).finally(() => {
    settled = true;
  });
  call.catch(() => {});
  await until(() => {
    // Less than the time limits of calls and loads, more than the first waits for a replacement.
    if (moods.stats().ready === 0) clock.advance(200);
    return settled;
  });
  return await call;
}

/** Waits until the runner answers again. */
export async function recovered({ moods, clock }: Fixture): Promise<void> {
  await until(() => {
    if (!moods.ready) clock.advance(200);
    return moods.ready;
  });
  assert.equal(await moods.echo("back"), "back");
}
