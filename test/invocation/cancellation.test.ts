import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../src/error.ts";
import { Cancellation } from "../../src/invocation/cancellation.ts";

const REASON = new ServiceError("canceled", "The caller closed the request");

/** A cancellation whose caller disconnects when it is told to. */
function opened() {
  let disconnect = (): void => {};
  let removed = 0;
  const facts = {
    onDisconnect(listener: () => void) {
      disconnect = listener;
      return () => void removed++;
    },
  };
  const made: Cancellation = new Cancellation(facts, { cancel: () => made.abort(REASON) });
  return { made, disconnect: () => disconnect(), removed: () => removed };
}

test("a disconnect cancels every listener and every wait once, with one reason", async () => {
  const { made, disconnect, removed } = opened();
  const reasons: unknown[] = [];
  const listener = { aborted: (reason: unknown): void => void reasons.push(reason) };
  const other = { aborted: (reason: unknown): void => void reasons.push(reason) };
  const gone = { aborted: (): void => assert.fail("It was removed") };
  for (const each of [listener, gone, other]) made.addAbortListener(each);
  made.removeAbortListener(gone);
  const never = new Promise<never>(() => {});
  const waits = [made.orAborted(never), made.orAborted(never), made.orLate(never)];
  disconnect();
  disconnect();
  for (const wait of waits) await assert.rejects(wait, (error) => error === REASON);
  assert.deepEqual(reasons, [REASON, REASON]);
  assert.throws(() => made.throwIfAborted(), REASON);
  assert.equal(made.signal.reason, REASON);
  made.addAbortListener(listener);
  assert.equal(reasons.length, 3);
  made.end();
  assert.equal(removed(), 1);
});

test("a listener that another one removes is not called", () => {
  const { made } = opened();
  const called: string[] = [];
  const second = { aborted: (): void => void called.push("second") };
  made.addAbortListener({
    aborted() {
      called.push("first");
      made.removeAbortListener(second);
    },
  });
  made.addAbortListener(second);
  made.abort(REASON);
  assert.deepEqual(called, ["first"]);
});
