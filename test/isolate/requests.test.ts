import assert from "node:assert/strict";
import { test } from "node:test";
import { Requests } from "../../src/isolate/requests.ts";

/** The requests of an isolate, and the number of those that are kept alive. */
function opened(): { readonly requests: Requests; kept(): number } {
  let kept = 0;
  const requests = new Requests((promise) => {
    kept += 1;
    void promise.then(() => {
      kept -= 1;
    });
  });
  return { requests, kept: () => kept };
}

test("Requests runs work at once if none waits, or in one that does", async () => {
  const { requests } = opened();
  const ran: string[] = [];
  requests.run(() => ran.push("alone"));
  await Promise.resolve();
  assert.deepEqual(ran, ["alone"]);
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = requests.wait(promise);
  requests.run(() => ran.push("in the one that waits"));
  requests.run(() => resolve("answer"));
  assert.equal(await waiting, "answer");
  assert.deepEqual(ran, ["alone", "in the one that waits"]);
});

test("Requests fires a timer while a request waits, but not one that was canceled", async () => {
  const { requests } = opened();
  const fired: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = requests.clock.after(5, () => fired.push(5));
  requests.clock.after(10, () => fired.push(10));
  requests.clock.after(20, resolve);
  cancel();
  await requests.wait(promise);
  assert.deepEqual(fired, [10]);
});

test("Requests keeps a request alive while it waits, until it is released", async () => {
  const { requests, kept } = opened();
  const release = requests.keepAlive();
  const { promise, resolve } = Promise.withResolvers<void>();
  const waiting = requests.wait(promise);
  assert.equal(kept(), 2);
  resolve();
  await waiting;
  release();
  await new Promise((turn) => setTimeout(turn));
  assert.equal(kept(), 0);
});

test("Requests lets Cloudflare compress, and leaves alone what is compressed already", async () => {
  const { requests } = opened();
  const request = new Request("http://test/", { headers: { "accept-encoding": "gzip", a: "b" } });
  const seen: (string | null)[] = [];
  const response = await requests.answer(request, ({ headers }) => {
    seen.push(headers.get("accept-encoding"), headers.get("a"));
    return new Response("zipped", { status: 201, headers: { "content-encoding": "gzip" } });
  });
  assert.deepEqual(seen, [null, "b"]);
  assert.deepEqual([response.status, response.headers.get("content-encoding")], [201, "gzip"]);
});
