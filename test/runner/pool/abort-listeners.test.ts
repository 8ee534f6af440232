import assert from "node:assert/strict";
import { test } from "node:test";
import { addAbortListener, removeAbortListener } from "../../../src/runner/pool/abort-listeners.ts";

/** A signal that counts its listeners. */
function counted(): { readonly controller: AbortController; added(): number } {
  const controller = new AbortController();
  const { signal } = controller;
  let added = 0;
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>): void => {
    added += 1;
    add(...args);
  };
  return { controller, added: () => added };
}

test("addAbortListener() has one listener a signal, and calls all once", () => {
  const { controller, added } = counted();
  const called: number[] = [];
  for (let at = 0; at < 1_000; at++) {
    addAbortListener(controller.signal, { aborted: () => void called.push(at) });
  }
  assert.equal(added(), 1);
  controller.abort();
  controller.signal.dispatchEvent(new Event("abort"));
  assert.deepEqual(
    called,
    Array.from({ length: 1_000 }, (_, at) => at),
  );
});

test("removeAbortListener() removes one, also while others are called", () => {
  const { controller, added } = counted();
  const { signal } = controller;
  const called: string[] = [];
  const removed = { aborted: (): void => void called.push("removed") };
  const late = { aborted: (): void => void called.push("late") };
  addAbortListener(signal, removed);
  removeAbortListener(signal, removed);
  addAbortListener(signal, {
    aborted(reason) {
      assert.equal(reason, signal.reason);
      called.push("first");
      removeAbortListener(signal, late);
    },
  });
  addAbortListener(signal, late);
  controller.abort();
  assert.deepEqual([called, added()], [["first", "late"], 1]);
});
