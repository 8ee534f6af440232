import assert from "node:assert/strict";
import { test } from "node:test";
import { live } from "../../src/page/live.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Lets all promises settle. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("live() leaves a server that refuses alone, and then sends the last state", async () => {
  const clock = new FakeClock();
  let state: number | undefined = 1;
  let refusal = 2;
  const sent: (readonly [number, number])[] = [];
  let cleared = 0;
  const calls = live({
    read: async () => state,
    clear() {
      cleared += 1;
    },
    send: async (content) => {
      sent.push([clock.now(), content]);
      return refusal;
    },
    clock,
  });
  const draw = async (next: number | undefined, ms: number): Promise<void> => {
    clock.advance(ms);
    state = next;
    calls.goOn();
    await settled();
  };
  await draw(1, 0);
  await draw(2, 500);
  await draw(3, 500);
  assert.deepEqual(sent, [[0, 1]], "nothing is sent while the server wants none");
  refusal = 0;
  clock.advance(1000);
  await settled();
  assert.deepEqual(sent.slice(1), [[2000, 3]], "the last state, without another stroke");
  await draw(4, 1);
  assert.deepEqual(sent.slice(2), [[2001, 4]]);

  refusal = 1;
  sent.length = 0;
  await draw(5, 0);
  for (let at = 0; at < 9; at += 1) {
    clock.advance(1000);
    await settled();
  }
  assert.equal(sent.length, 4, "a server that goes on refusing is asked a few times only");
  assert.equal(clock.pending, 0);

  await draw(6, 0);
  assert.equal(clock.pending, 1);
  await draw(undefined, 0);
  assert.equal(clock.pending, 0, "a form that was cleared is not sent");
  assert.equal(cleared, 1);
  await draw(7, 1000);
  assert.equal(clock.pending, 1);
  calls.drop();
  assert.equal(clock.pending, 0);
});

test("live() sends nothing that was dropped, whatever it waits for", async () => {
  const clock = new FakeClock();
  const log: string[] = [];
  let next: { readonly resolve: (value: number) => void } | undefined;
  const wait = async (what: string): Promise<number> => {
    log.push(what);
    const waiting = Promise.withResolvers<number>();
    next = waiting;
    return await waiting.promise;
  };
  const go = async (value: number): Promise<void> => {
    next?.resolve(value);
    await settled();
  };
  const calls = live({
    read: async () => (await wait("read")) || undefined,
    clear: () => log.push("clear"),
    send: (content) => wait(`send ${content}`),
    clock,
  });
  calls.goOn();
  calls.drop();
  await go(1);
  assert.deepEqual(log.splice(0), ["read"], "while the form is read");
  calls.goOn();
  calls.drop();
  await go(0);
  assert.deepEqual(log.splice(0), ["read"], "a form that was cleared, too");

  calls.goOn();
  await go(2);
  calls.goOn();
  calls.drop();
  await go(0);
  assert.deepEqual(log.splice(0), ["read", "send 2"], "during a call: the state after it");
  calls.goOn();
  await go(3);
  calls.drop();
  await go(9);
  assert.equal(clock.pending, 0, "nor is a call that was refused sent again");
  assert.deepEqual(log.splice(0), ["read", "send 3"]);

  clock.advance(9000);
  calls.goOn();
  await go(4);
  await go(0);
  assert.deepEqual(log, ["read", "send 4"], "what follows is sent");
});
