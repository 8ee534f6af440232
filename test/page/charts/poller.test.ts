import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scrape } from "../../../src/page/charts/growth.ts";
import {
  MAX_POLL_MS,
  POLL_MS,
  Poller,
  type PollState,
  waitAfter,
} from "../../../src/page/charts/poller.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** A poller of a server whose answers a test gives. */
class Bench {
  readonly clock = new FakeClock();
  readonly states: string[] = [];
  readonly scrapes: Scrape[] = [];
  readonly requests: { url: string; init: RequestInit; answer: PromiseWithResolvers<Response> }[] =
    [];
  headers: HeadersInit = {};
  readonly poller: Poller = new Poller({
    url: "/metrics",
    headers: () => this.headers,
    fetch: (url, init) => {
      const answer = Promise.withResolvers<Response>();
      const { signal } = init;
      signal?.addEventListener("abort", () => answer.reject(signal.reason));
      this.requests.push({ url, init, answer });
      return answer.promise;
    },
    clock: this.clock,
    onScrape: (scrape) => this.scrapes.push(scrape),
    onState: (state) => this.states.push(textOf(state)),
  });

  /** Answers the last request after some time. */
  async answer(body: string, init: ResponseInit = {}, afterMs = 0): Promise<void> {
    this.clock.advance(afterMs);
    this.requests.at(-1)?.answer.resolve(new Response(body, init));
    await settled();
  }
}

function textOf(state: PollState): string {
  return state.is === "failing" ? `failing: ${state.why}` : state.is;
}

/** Waits until all that follows from promises has been done: a macrotask comes after those. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
}

test("Poller scrapes again and again, with the headers of the page", async () => {
  const bench = new Bench();
  bench.headers = { authorization: "Bearer one" };
  bench.poller.start();
  bench.poller.start();
  assert.equal(bench.requests.length, 1);
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  await bench.answer("x_total 1", { headers: { date } }, 100);
  assert.equal(bench.scrapes[0]?.samples.get("x_total")?.[0]?.value, 1);
  assert.equal(bench.scrapes[0]?.date, Date.parse(date) / 1000);
  assert.equal(bench.scrapes[0]?.seconds, 0.1);
  bench.clock.advance(POLL_MS - 101);
  assert.equal(bench.requests.length, 1);
  bench.clock.advance(1);
  await bench.answer("x_total 2");
  assert.deepEqual(bench.states, ["waiting", "live", "live"]);
  const [first] = bench.requests;
  const sent = new Headers(first?.init.headers);
  assert.equal(sent.get("authorization"), "Bearer one");
  assert.match(sent.get("accept") ?? "", /^text\/plain/);
  assert.equal(first?.url, "/metrics");
});

test("Poller scrapes a slow server less often", () => {
  for (const [tookMs, waitMs] of [
    [0, 2000],
    [100, 1900],
    [200, 2000],
    [1000, 10_000],
    [10_000, MAX_POLL_MS],
  ] as const) {
    assert.equal(waitAfter(tookMs), waitMs, String(tookMs));
  }
});

test("Poller stops while it is paused, and ends a request under way", async () => {
  const bench = new Bench();
  bench.poller.pause(); // it has not begun
  bench.poller.start();
  bench.poller.pause();
  assert.equal(bench.requests[0]?.init.signal?.aborted, true);
  await settled();
  bench.clock.advance(10 * MAX_POLL_MS);
  assert.equal(bench.requests.length, 1);
  bench.poller.start();
  await bench.answer("x 1");
  bench.poller.pause();
  bench.clock.advance(10 * MAX_POLL_MS);
  assert.deepEqual([bench.requests.length, bench.clock.pending], [2, 0]);
  assert.deepEqual(bench.states, ["waiting", "paused", "waiting", "live", "paused"]);
});

test("Poller waits for longer after each failure, and says why", async () => {
  const bench = new Bench();
  bench.poller.start();
  bench.requests[0]?.answer.reject(new TypeError("Failed to fetch"));
  await settled();
  bench.clock.advance(POLL_MS);
  await bench.answer("busy", { status: 503, statusText: "Service Unavailable" });
  bench.clock.advance(2 * POLL_MS - 1);
  assert.equal(bench.requests.length, 2);
  bench.clock.advance(1);
  await bench.answer("<!doctype html>");
  bench.clock.advance(4 * POLL_MS);
  bench.clock.advance(MAX_POLL_MS); // no answer
  await settled();
  assert.deepEqual(bench.states, [
    "waiting",
    "failing: Failed to fetch",
    "failing: status 503 Service Unavailable",
    "failing: Line 1 is no sample of a metric: <!doctype html>",
    "failing: no answer in 15 s",
  ]);
  bench.clock.advance(8 * POLL_MS);
  await bench.answer("x 1"); // the server is back
  bench.clock.advance(POLL_MS);
  assert.equal(bench.requests.length, 6);
});

test("Poller asks rarely for metrics that are disabled", async () => {
  const bench = new Bench();
  bench.poller.start();
  await bench.answer("{}", { status: 404 });
  bench.clock.advance(MAX_POLL_MS - 1);
  assert.deepEqual([bench.states, bench.requests.length], [["waiting", "disabled"], 1]);
  bench.clock.advance(1);
  assert.equal(bench.requests.length, 2);
});

for (const status of [401, 403]) {
  test(`Poller sends another key at once after ${status}, and the same one rarely`, async () => {
    const bench = new Bench();
    bench.headers = { authorization: "wrong" };
    bench.poller.start();
    await bench.answer("{}", { status });
    bench.clock.advance(MAX_POLL_MS - 1000);
    assert.deepEqual([bench.states, bench.requests.length], [["waiting", "locked"], 1]);
    bench.clock.advance(1000);
    assert.equal(bench.requests.length, 2);
    await bench.answer("{}", { status });
    bench.headers = { authorization: "right" };
    bench.clock.advance(500);
    assert.equal(new Headers(bench.requests[2]?.init.headers).get("authorization"), "right");
    bench.headers = { authorization: "ä🍱" }; // no request can have such a header
    await bench.answer("{}", { status });
    bench.clock.advance(500);
    await settled();
    assert.match(bench.states.at(-1) ?? "", /^(failing|locked)/);
    bench.poller.pause();
    assert.equal(bench.clock.pending, 0);
  });
}
