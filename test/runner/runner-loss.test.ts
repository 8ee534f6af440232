import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { host as nodeHost } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { until } from "../support/until.ts";
import moody from "./fixtures/moody.ts";
import { recovered, settledAfterLoss, started } from "./moody-runner.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-runner-"));
after(() => rmSync(folder, { recursive: true }));

test("runner() runs the call again on another worker", async () => {
  await using fixture = await started();
  assert.equal(await settledAfterLoss(fixture, "exitOnce", join(folder, "once")), "hello");
  assert.equal(fixture.moods.stats().restarts, 1);
});

for (const [method, input] of [["exit", 0], ["exit", 7], ["throwLater"]] as const) {
  test(`runner() recovers when ${method}(${input ?? ""}) took two workers`, async () => {
    await using fixture = await started();
    await assert.rejects(settledAfterLoss(fixture, method, input), {
      code: "unavailable",
      // Not what the thread said last: that may be words of the user's code.
      message: `Runner "moody" lost 2 workers while they ran "${method}"`,
    });
    await recovered(fixture);
  });
}

test("runner() does not run a call again that must not run twice", async () => {
  await using fixture = await started();
  await assert.rejects(settledAfterLoss(fixture, "exitForGood", 1), {
    code: "unavailable",
    message: /"moody" lost a worker while it ran "exitForGood"/,
  });
  await recovered(fixture);
  assert.equal(fixture.moods.stats().restarts, 1);
});

test("runner() answers all other calls when a worker is lost", async () => {
  await using fixture = await started({ workers: 2 });
  const { moods } = fixture;
  const lost = settledAfterLoss(fixture, "exit", 1).catch((error: Error) => error.message);
  const others = Array.from({ length: 50 }, (_, at) => moods.echo(at));
  assert.deepEqual(
    await Promise.all(others),
    Array.from({ length: 50 }, (_, at) => at),
  );
  assert.match(String(await lost), /lost 2 workers/);
});

test("runner() runs the call of a worker that hangs once more, on another", async () => {
  await using fixture = await started({ callTimeoutMs: 1_000 });
  const { moods, clock } = fixture;
  const flag = join(folder, "hung");
  const call = moods.hangOnce(flag);
  await until(() => existsSync(flag));
  clock.advance(1_000);
  assert.equal(moods.whyNotReady, "no worker has loaded");
  await recovered(fixture);
  assert.equal(await call, "hello");
});

for (const method of ["never", "spin"] as const) {
  test(`runner() replaces workers that hang in ${method}(), and reports it`, async () => {
    // On Deno, spin() takes two threads until it ends.
    await using fixture = await started({ callTimeoutMs: 1_000, maxLostThreads: 3 });
    const { moods, clock } = fixture;
    const rejected = assert.rejects(moods[method](2_000 as never), {
      code: "deadline_exceeded",
      message: `Worker 1 of runner "moody" did not answer "${method}" within 1000 ms`,
    });
    for (const restarts of [0, 1]) {
      await until(() => {
        const stats = moods.stats();
        if (stats.ready === 0) clock.advance(200);
        return stats.running === 1 && stats.restarts === restarts;
      });
      clock.advance(1_000);
    }
    await rejected;
    await recovered(fixture);
  });
}

test("runner() counts threads that cannot be stopped, and is not ready meanwhile", async () => {
  await using fixture = await started({ callTimeoutMs: 1_000, maxLostThreads: 1 }, false);
  const { moods, clock } = fixture;
  const hang = async (method: "never" | "spin"): Promise<void> => {
    const gone = new AbortController();
    const call = moods[method](2_000 as never, { signal: gone.signal }).catch(() => {});
    await until(() => moods.stats().running === 1);
    gone.abort(); // so that it is not run again
    await call;
    clock.advance(1_000);
    await until(() => moods.stats().running === 0);
  };
  await hang("never");
  // Its thread says that it is not busy, and the next one has loaded.
  await until(() => clock.pending === 0);
  await recovered(fixture);
  assert.equal(moods.stats().lostThreads, 0);
  await hang("spin");
  clock.advance(1_000);
  assert.equal(moods.stats().lostThreads, 1);
  assert.equal(moods.ready, false);
  assert.equal(moods.whyNotReady, "threads that are busy and cannot be stopped: 1");
  await until(() => {
    if (moods.stats().ready === 0) clock.advance(200);
    return moods.stats().ready === 1;
  });
  assert.equal(await moods.echo("still here"), "still here");
  // It spins for two seconds, then answers the ping that waits for it.
  await until(() => moods.stats().lostThreads === 0);
  assert.equal(moods.ready, true);
});

test("runner() fails when no worker loads any more, with the reason", async () => {
  const broken = join(folder, "broken-later");
  await using fixture = await started({ params: { broken } });
  const { moods, clock } = fixture;
  writeFileSync(broken, "");
  const call = moods.exit(1).catch((error: Error) => error);
  await until(() => {
    clock.advance(1_000);
    return moods.stats().ready === 0 && clock.pending === 0;
  });
  const expected = {
    code: "unavailable",
    message: 'Runner "moody" failed: none of its workers loads any more',
  };
  assert.equal(((await call) as Error).message, expected.message);
  await assert.rejects(moods.echo(1), expected);
  assert.equal(moods.ready, false);
});

test("runner() does not start when one of its workers never loads", async () => {
  const moods = runner(moody, { workers: 2, params: { unloadable: 2 } });
  const clock = new FakeClock();
  const start = moods.start({ ...nodeHost, clock });
  let over = false;
  const rejected = assert.rejects(start, { message: "no room for this worker" }).then(() => {
    over = true;
  });
  await until(() => {
    clock.advance(500);
    return over;
  });
  await rejected;
  assert.equal(moods.ready, false);
});

test("runner() abandons a worker that does not load in time", async () => {
  const clock = new FakeClock();
  const moods = runner(moody, { workers: 1, loadTimeoutMs: 500, params: {} });
  const start = moods.start({ ...nodeHost, clock });
  clock.advance(500);
  const message = 'Worker 1 of runner "moody" could not load: it did not load within 500 ms';
  await assert.rejects(start, { message });
});

test("runner() leaves no timer behind when it is closed", async () => {
  const { moods, clock } = await started({ workers: 2 });
  await moods.echo(1);
  await moods.close();
  assert.equal(clock.pending, 0);
});
