/** Calls that are poison to those in their batch, on real workers and the real clock. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { host as nodeHost } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import poisoned from "./fixtures/poisoned.ts";

/** Starts a runner of one worker, as it is by default otherwise. */
async function shouting() {
  const lines = runner(poisoned, { name: "lines", workers: 1, batch: { maxBatchSize: 50 } });
  await lines.start(nodeHost);
  return { lines, [Symbol.asyncDispose]: () => lines.close() };
}

const limits = { timeout: 300_000 };

/** The end of a call of each kind, by its line. */
const ENDS: Readonly<Record<string, (line: string) => RegExp>> = {
  throw: (line) => new RegExp(`^Cannot read ${line}$`),
  text: (line) => new RegExp(`^text of ${line}$`),
  nothing: () => /^undefined$/,
  unreadable: () => /^an error that cannot be read$/,
  exit: () => /^Runner "lines" lost \d workers while they ran "shout"$/,
};

for (const [kind, end] of Object.entries(ENDS)) {
  for (const every of [2, 8, 50]) {
    test(`runner() answers all calls but those that ${kind}, 1 in ${every}`, limits, async () => {
      await using fixture = await shouting();
      // Each that exits costs two workers: two of them are enough.
      const count = kind === "exit" ? Math.max(4, every + 2) : 100;
      const lines = Array.from({ length: count }, (_, at) =>
        at % every === 1 ? `${kind} ${at}` : `good ${at}`,
      );
      const ended = await Promise.allSettled(lines.map((line) => fixture.lines.shout([line])));
      for (const [at, outcome] of ended.entries()) {
        const line = lines[at] ?? "";
        if (line.startsWith("good")) {
          assert.deepEqual(outcome, { status: "fulfilled", value: [line.toUpperCase()] });
        } else {
          const { reason } = outcome as PromiseRejectedResult;
          assert.match((reason as Error).message, end(line));
        }
      }
    });
  }
}

test("runner() answers all calls beside one that hangs, within its minute", limits, async () => {
  await using fixture = await shouting();
  const { lines } = fixture;
  const gone = new AbortController();
  const hung = lines.shout(["hang"], { signal: gone.signal });
  const others = ["good a", "good b", "slow c", "good d", "good e"];
  const answers = await Promise.all(others.map((line) => lines.shout([line])));
  assert.deepEqual(
    answers,
    others.map((line) => [line.toUpperCase()]),
  );
  assert.deepEqual(await lines.shout(["later"]), ["LATER"]);
  gone.abort(new Error("gone"));
  await assert.rejects(hung, { message: "gone" });
});

test("runner() lets a caller await one of two calls that fail before the other", async () => {
  await using fixture = await shouting();
  const { lines } = fixture;
  const gone = new AbortController();
  for (const make of [
    () => lines.shout(["throw"]),
    () => lines.shout(["throw", "more"]),
    () => lines.shout(5 as never),
    () => lines.shout(["slow"], { signal: gone.signal }),
    () => (lines as unknown as { nothing(): Promise<unknown> }).nothing(),
  ]) {
    const [first, second] = [make(), make()];
    setTimeout(() => gone.abort(new Error("gone")), 20);
    await assert.rejects(first);
    // By now, a runtime would have ended the process for want of a listener.
    await new Promise((resolve) => setTimeout(resolve));
    await assert.rejects(second);
  }
});
