import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hono } from "hono";
import { ServiceError } from "../../src/error.ts";
import { httpApp as app } from "../../src/http/http-app.ts";
import type { HttpAppOptions } from "../../src/http/http-options.ts";
import { json } from "../../src/io/json/json.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import type { Context } from "../../src/service/context.ts";
import { service } from "../../src/service/service.ts";
import { samplesIn } from "../support/exposition.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

/** A service of streams, and what became of the last one. */
function streams(options: HttpAppOptions = {}) {
  const seen = { made: 0, ended: false, aborted: false };
  async function* words(line: string, signal: AbortSignal): AsyncGenerator<string> {
    signal.addEventListener("abort", () => {
      seen.aborted = true;
    });
    try {
      for (const word of line.split(" ")) {
        if (word === "wait") await new Promise(() => {});
        if (word === "refuse") throw new ServiceError("failed_precondition", "refused");
        if (word === "crash") throw new Error("secret");
        seen.made += 1;
        yield word;
      }
    } finally {
      seen.ended = true;
    }
  }
  const made = service("streams", {
    apis: {
      words: api({ input: text(), output: text() }, (line, { signal }) => words(line, signal)),
      counts: api({ input: text(), output: json<number>() }, async function* (line) {
        for (const word of line.split(" ")) yield word.length;
      }),
      silent: api({ input: text(), output: text() }, (status, { response, signal }) => {
        response.status = Number(status);
        return words("a b", signal);
      }),
      lines: api({ input: json<string[]>(), output: text() }, async function* (lines) {
        yield* lines;
      }),
    },
  });
  return { hono: app(made, options), made, seen };
}

function post(hono: Hono, path: string, body: string, headers: HeadersInit = {}) {
  return Promise.resolve(hono.request(path, { method: "POST", body, headers }));
}

const events = { accept: "text/event-stream" };

for (const [what, path, body, headers, type, expected] of [
  ["a text, piece by piece", "/words", "a b c", {}, "text/plain; charset=utf-8", "abc"],
  ["JSON, one a line", "/counts", "a bb", {}, "application/x-ndjson", "1\n2\n"],
  ["events", "/words", "a b", events, "text/event-stream", "data: a\n\ndata: b\n\n"],
  ["JSON events", "/counts", "a bb", events, "text/event-stream", "data: 1\n\ndata: 2\n\n"],
  [
    "lines in an event",
    "/lines",
    '["a\\nb\\n\\nc", "", "\\ufeffd"]',
    events,
    "text/event-stream",
    "data: a\ndata: b\ndata: \ndata: c\n\ndata: \n\ndata: \ufeffd\n\n",
  ],
  [
    "a carriage return in an event of bytes",
    "/lines",
    '["a\\r\\nb", "c"]',
    events,
    "text/event-stream",
    "event: base64\ndata: YQ0KYg==\n\ndata: c\n\n",
  ],
] as const) {
  test(`app() streams ${what}`, async () => {
    const response = await post(streams().hono, path, body, headers);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), type);
    assert.equal(response.headers.get("content-length"), null);
    assert.equal(await response.text(), expected);
  });
}

test("app() answers a failure before the first item with its status", async () => {
  using _ = silenced();
  const { hono } = streams();
  const refused = await post(hono, "/words", "refuse");
  assert.equal(refused.status, 422);
  assert.equal(((await refused.json()) as { error: string }).error, "refused");
  assert.equal((await post(hono, "/words", "crash")).status, 500);
});

test("app() reports a later failure in an event, or by a reset", async () => {
  using _ = silenced();
  const { hono } = streams();
  const told = await post(hono, "/words", "a crash", events);
  const error = {
    error: "Internal error",
    code: "internal",
    request_id: told.headers.get("x-request-id"),
  };
  assert.equal(await told.text(), `data: a\n\nevent: error\ndata: ${JSON.stringify(error)}\n\n`);
  const broken = await post(hono, "/words", "a refuse");
  assert.equal(broken.status, 200);
  await assert.rejects(broken.text());
});

for (const status of [204, 205, 304]) {
  test(`app() ends a stream whose handler chose ${status}, which has no body`, async () => {
    const { hono, seen } = streams();
    const response = await post(hono, "/silent", String(status));
    assert.deepEqual([response.status, await response.text()], [status, ""]);
    await until(() => seen.ended);
    const scraped = await (await hono.request("/metrics")).text();
    const sum = (name: string): unknown =>
      Object.values(samplesIn(scraped, `bentoml_api_server_request_${name}`));
    assert.deepEqual([sum("total"), sum("in_progress")], [[1], [0]]);
    assert.match(scraped, new RegExp(`request_total\\{.*="${status}"\\} 1\\n`));
  });
}

test("app() computes an item of a stream when the previous one has been read", async () => {
  const { hono, seen } = streams();
  const response = await post(hono, "/words", "a b c d e f g h");
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.read();
  assert.ok(seen.made <= 3, `${seen.made} were made for two`);
  await reader?.cancel();
  await until(() => seen.ended);
  assert.equal(seen.aborted, true);
  assert.ok(seen.made <= 3, `${seen.made} were made for two`);
});

test("app() bounds the time of each item of a stream", async () => {
  const clock = new FakeClock();
  const { hono, seen } = streams({ clock, timeoutMs: 1_000 });
  const response = await post(hono, "/words", "a b c wait", events);
  const reader = response.body?.getReader();
  for (const word of ["a", "b", "c"]) {
    const read = await reader?.read();
    assert.equal(new TextDecoder().decode(read?.value), `data: ${word}\n\n`);
    clock.advance(900);
  }
  const last = reader?.read();
  clock.advance(1_000);
  assert.match(new TextDecoder().decode((await last)?.value), /event: error\n.*deadline_exceeded/);
  assert.equal((await reader?.read())?.done, true);
  assert.equal(seen.aborted, true);
  clock.advance(1_000); // requests share a timer, which ends when there is none
  assert.equal(clock.pending, 0);
});

test("app() counts a stream at its end, by its outcome", async () => {
  using _ = silenced();
  const { hono } = streams();
  const totals = async (): Promise<Record<string, number>> => {
    const scraped = await (await hono.request("/metrics")).text();
    const found = samplesIn(scraped, "bentoml_api_server_request_total");
    const code = /http_response_code="(\d+)"/;
    return Object.fromEntries(
      Object.entries(found).map(([name, value]) => [code.exec(name)?.[1], value]),
    );
  };
  const open = await post(hono, "/words", "a b");
  assert.deepEqual(await totals(), {});
  await open.text();
  assert.deepEqual(await totals(), { 200: 1 });
  await (await post(hono, "/words", "a b")).body?.cancel();
  await (await post(hono, "/words", "a crash", events)).text();
  assert.deepEqual(await totals(), { 200: 1, 499: 1, 500: 1 });
});

test("app() survives a generator that throws when its client disconnects", async () => {
  let hasThrown = false;
  const made = service("rude", {
    apis: {
      words: api({ input: text(), output: text() }, async function* (word) {
        try {
          for (;;) yield word;
        } finally {
          hasThrown = true;
          // biome-ignore lint/correctness/noUnsafeFinally: this is what the test is about
          throw new Error("not gone quietly");
        }
      }),
    },
  });
  const { body } = await post(app(made), "/words", "word");
  await body?.cancel();
  await until(() => hasThrown);
  // An unhandled rejection would fail this test, or end the server, by now.
  await new Promise((resolve) => setTimeout(resolve));
});

test("Service.call() lets a handler await one of two calls that fail", async () => {
  const inner = service("inner", {
    apis: {
      fail: api({ input: text(), output: text() }, async (word): Promise<string> => {
        throw new ServiceError("not_found", word);
      }),
    },
  });
  const outer = service("outer", {
    apis: {
      both: api({ input: text(), output: text() }, async (word, context) => {
        const first = inner.call("fail", `${word} 1`, context);
        const second = inner.call("fail", `${word} 2`, context);
        await assert.rejects(first, { message: "no 1" });
        await new Promise((resolve) => setTimeout(resolve));
        return await second;
      }),
    },
  });
  const response = await post(app(outer), "/both", "no");
  assert.equal(response.status, 404);
});

test("Service.call() refuses a stream, Service.callStream() yields both", async () => {
  const { made, seen } = streams();
  const upper = service("plain", {
    apis: { upper: api({ input: text(), output: text() }, (line) => line.toUpperCase()) },
  });
  const context: Context = {
    requestId: "1",
    headers: new Headers(),
    query: new URLSearchParams(),
    signal: new AbortController().signal,
    deadlineAt: Number.POSITIVE_INFINITY,
    lane: "interactive",
    caller: undefined,
    response: { status: 200, headers: new Headers(), trailers: new Headers() },
    get: () => undefined,
  };
  await assert.rejects(made.call("words", "a b", context), {
    code: "unimplemented",
    message: 'API "words" answers with a stream, which this call cannot carry',
  });
  assert.equal(seen.made, 0);
  const all = async (items: AsyncIterable<string>) => await Array.fromAsync(items);
  assert.deepEqual(await all(made.callStream("words", "a b", context)), ["a", "b"]);
  assert.deepEqual(await all(upper.callStream("upper", "a", context)), ["A"]);
});

test("app() gives a stream without items the type of its items", async () => {
  const none = async function* () {};
  const made = service("empty", {
    apis: {
      texts: api({ input: text(), output: text() }, none),
      values: api({ input: text(), output: json() }, none),
    },
  });
  const hono = app(made);
  const types = [
    ["/texts", undefined, "text/plain; charset=utf-8"],
    ["/values", undefined, "application/x-ndjson"],
    ["/values", "text/event-stream", "text/event-stream"],
  ] as const;
  for (const [path, accept, type] of types) {
    const headers = accept === undefined ? {} : { accept };
    const response = await hono.request(path, { method: "POST", body: "", headers });
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, type]);
    assert.equal(await response.text(), "");
  }
});

test("app() warns once of a stream that its documents do not know of", async () => {
  using logs = silenced();
  const hono = app(streams().made);
  for (const path of ["/words", "/words", "/counts"]) await (await post(hono, path, "a")).text();
  assert.equal(logs.text.split("answers with a stream").length, 2);
});
