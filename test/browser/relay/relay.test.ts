import assert from "node:assert/strict";
import { test } from "node:test";
import { api, json, type Service, service, text } from "ekiben";
import { openServiceOn } from "../../../src/browser/open-service.ts";
import { Relay, type RelayOptions } from "../../../src/browser/relay/relay.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import { FakePages, SCOPE } from "./pages.ts";

/** Returns a service that says which one it is. */
function named(name: string, before: (value: string) => unknown = () => {}): Service {
  const io = { input: text(), output: text() };
  return service("named", {
    apis: {
      who: api(io, async (value) => {
        await before(value);
        return `${name} ${value}`;
      }),
      size: api({ input: text(), output: json() }, ({ length }) => length),
      items: api(io, async function* (value) {
        for (const item of value.split(" ")) {
          await before(item);
          yield item;
        }
      }),
    },
  });
}

interface Opened {
  readonly pages: FakePages;
  readonly clock: FakeClock;
  readonly relay: Relay;
  /** Sends a request as a page does. */
  readonly send: (path: string, body: string, init?: RequestInit) => Promise<Response>;
  /** The number of requests that keep the Service Worker alive. */
  readonly alive: () => number;
}

function open(options: Partial<RelayOptions> = {}): Opened {
  const pages = new FakePages();
  const clock = new FakeClock();
  const relay = new Relay({
    scope: pages.scope,
    clock,
    inline: undefined,
    waitMs: 5_000,
    maxBodyBytes: 4 * 1024 * 1024,
    idempotent: () => true,
    ...options,
  });
  let alive = 0;
  const send: Opened["send"] = (path, body, init = {}) => {
    const request = new Request(new URL(`.${path}`, SCOPE), { method: "POST", body, ...init });
    return relay.answer(request, "", path, (promise) => {
      alive += 1;
      void promise.finally(() => {
        alive -= 1;
      });
    });
  };
  return { pages, clock, relay, send, alive: () => alive };
}

const placeOf = ({ headers }: Response): string | null => headers.get("x-ekiben-place");

test("Relay answers by a page, with its headers and its place", async () => {
  const { pages, send, alive } = open();
  await using page = pages.add(named("page"));
  await using _ = pages.add(named("elsewhere"), "http://localhost/other/");
  const response = await send("/who?a=1", "x", { headers: { "x-request-id": "r1" } });
  assert.deepEqual([response.status, placeOf(response)], [200, "page"]);
  assert.equal(response.headers.get("x-request-id"), "r1");
  assert.equal(response.headers.get("x-ekiben-reason"), "there is no server");
  assert.equal(page.open.state.local, "ready");
  const wrong = await send("/unknown", "x");
  assert.match(await wrong.text(), /There is nothing at/);
  page.close();
  assert.equal(await response.text(), "page x", "it was sent whole");
  await until(() => alive() === 0);
});

test("Relay answers a call of Connect by GET, and 304 without a body", async () => {
  const { pages, relay } = open();
  const io = { input: text(), output: text() };
  const kept = api({ ...io, cache: true }, (value) => `kept ${value}`);
  await using _ = pages.add(service("kept", { apis: { kept } }));
  const path = "/ekiben.v1.Inference/Get";
  const message = encodeURIComponent('{"apiName":"kept","text":"x"}');
  const url = new URL(`.${path}?encoding=json&message=${message}`, SCOPE);
  const get = (headers = {}) =>
    relay.answer(new Request(url, { headers }), "", `${path}${url.search}`, () => {});
  const first = await get();
  assert.deepEqual([first.status, await first.text()], [200, '{"text":"kept x"}']);
  const etag = first.headers.get("etag") ?? "";
  const known = await get({ "if-none-match": etag });
  assert.deepEqual([known.status, await known.text(), placeOf(known)], [304, "", "page"]);
});

test("Relay prefers a page that is ready, and the page of the request", async () => {
  const { pages, relay, send } = open();
  await using first = pages.add(named("first"));
  await using second = pages.add(named("second"));
  await second.open.ready();
  assert.equal(await (await send("/who", "x")).text(), "second x");
  await first.open.ready();
  for (const [page, name] of [
    [first, "first"],
    [second, "second"],
  ] as const) {
    const request = new Request(`${SCOPE}who`, { method: "POST", body: "x" });
    const response = await relay.answer(request, page.id, "/who", () => {});
    assert.equal(await response.text(), `${name} x`);
  }
});

test("Relay answers inline where no page is open", async () => {
  await using inline = openServiceOn(named("inline"), {}, {});
  const { send, alive } = open({ inline });
  const response = await send("/who", "x");
  assert.equal(await response.text(), "inline x");
  assert.equal(placeOf(response), "service-worker");
  assert.equal(response.headers.get("x-ekiben-reason"), "no page is open; there is no server");
  await until(() => alive() === 0);
});

test("Relay waits for a page, and gives up after a time", async () => {
  const { pages, relay, clock, send, alive } = open();
  const waiting = send("/who", "x");
  await until(() => clock.pending > 0);
  await using _ = pages.add(named("late"));
  relay.pageArrived();
  assert.equal(await (await waiting).text(), "late x");
  const alone = open();
  const refused = alone.send("/who", "x");
  await until(() => alone.clock.pending > 0);
  alone.clock.advance(5_000);
  const response = await refused;
  assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "1"]);
  assert.match(await response.text(), /No page of http:\/\/localhost\/sub\/ has answered for 5000/);
  await until(() => alive() + alone.alive() === 0);
});

test("Relay sends a request to another page when its page is closed", async () => {
  for (const moved of [false, true]) {
    const { pages, send, alive } = open();
    const begun = Promise.withResolvers<void>();
    await using first = pages.add(
      named("first", () => {
        begun.resolve();
        return new Promise(() => {});
      }),
    );
    await first.open.ready();
    const body = "x".repeat(moved ? 2 * 1024 * 1024 : 10);
    const answer = send("/who", body);
    await begun.promise;
    await using second = pages.add(named("second"));
    await second.open.ready();
    first.close();
    const response = await answer;
    const got = await response.text();
    if (moved) {
      assert.equal(response.status, 503);
      assert.match(got, /was closed: a body of 2097152 bytes is moved to a page/);
    } else {
      assert.equal(got, `second ${body}`);
    }
    await until(() => alive() === 0);
  }
});

test("Relay does not send a request again that must not run twice", async () => {
  const { pages, send } = open({ idempotent: () => false });
  const begun = Promise.withResolvers<void>();
  await using first = pages.add(
    named("first", () => {
      begun.resolve();
      return new Promise(() => {});
    }),
  );
  const answer = send("/who", "x");
  await begun.promise;
  await using _ = pages.add(named("second"));
  first.close();
  assert.match(await (await answer).text(), /may have run the request, which must not run twice/);
});

test("Relay finds that a page is gone or frozen by its checks", async () => {
  await using inline = openServiceOn(named("inline"), {}, {});
  const { pages, clock, send } = open({ inline });
  const begun = Promise.withResolvers<void>();
  const never = (): Promise<never> => {
    begun.resolve();
    return new Promise(() => {});
  };
  await using page = pages.add(named("page", never));
  const answer = send("/who", "x");
  await begun.promise;
  page.freeze();
  const frozen = send("/who", "y");
  await until(() => clock.pending > 1);
  clock.advance(1_000);
  assert.equal(await (await frozen).text(), "inline y", "it gets no more requests");
  page.close();
  assert.equal(await (await answer).text(), "inline x");
});

test("Relay streams an answer as it is read, and ends it with its page", async () => {
  const { pages, send, alive } = open();
  const steps: string[] = [];
  await using page = pages.add(named("page", (item) => steps.push(item)));
  const response = await send("/items", "a b c d");
  const reader = response.body?.getReader();
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), "a");
  assert.ok(steps.length < 4, "the rest is not computed ahead");
  assert.equal(alive(), 1);
  page.close();
  await assert.rejects(async () => {
    while ((await reader?.read())?.done === false);
  }, /The page that the request was sent to was closed/);
  await until(() => alive() === 0);
});

test("Relay aborts the work of a page with its request, and with its stream", async () => {
  const { pages, send, alive } = open();
  const begun = Promise.withResolvers<void>();
  const steps: string[] = [];
  await using _ = pages.add(
    named("page", async (item) => {
      steps.push(item);
      begun.resolve();
      if (item === "x") await new Promise(() => {});
    }),
  );
  const controller = new AbortController();
  const answer = send("/who", "x", { signal: controller.signal });
  await begun.promise;
  controller.abort(new Error("stop"));
  await assert.rejects(answer, /stop/);
  const response = await send("/items", "a b c d");
  await response.body?.cancel();
  await until(() => alive() === 0);
  assert.ok(!steps.includes("d"));
});

test("Relay moves large bodies, and refuses those that are too large", async () => {
  const { pages, send, alive } = open();
  await using _ = pages.add(named("page"));
  const megabytes = (count: number): string => "x".repeat(count * 1024 * 1024);
  assert.equal(await (await send("/size", megabytes(3))).text(), String(3 * 1024 * 1024));
  const response = await send("/size", megabytes(5));
  assert.equal(response.status, 413);
  assert.match(await response.text(), /The body has more than 4194304 bytes/);
  await until(() => alive() === 0);
});
