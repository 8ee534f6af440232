/** Calls: their streams, options and errors. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { app } from "ekiben";
import { client, ServiceError } from "ekiben/client";
import { example } from "./example-service.ts";

const host = app(example);
const calls = client<typeof example>(host);

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test("a stream is an async iterable of its items", async () => {
  assert.deepEqual(await all(calls.spell("abc")), ["a", "b", "c"]);
  assert.deepEqual(await all(calls.spell("a\nb\u{1f363}")), ["a", "\n", "b", "\u{1f363}"]);
  const ends = ["a\rb\r\nc\n", "\r", "\n\r", "\ufeffd"];
  assert.deepEqual(await all(calls.pieces(ends)), ends);
  assert.deepEqual(await all(calls.counts(3)), [{ n: 1 }, { n: 2 }, { n: 3 }]);
  assert.deepEqual(await all(calls.counts(0)), []);
  const rows = await all(calls.rows(""));
  assert.deepEqual(
    rows.map(({ shape, data }) => [shape, [...data]]),
    [
      [[2], [1n, 2n ** 62n]],
      [[1, 1], [-3n]],
    ], // prettier-ignore
  );
});

test("the items of a stream may be bytes", async () => {
  const frames = await all(calls.frames(""));
  const bytes = await Promise.all(frames.map((frame) => frame.bytes()));
  assert.deepEqual(bytes, [Uint8Array.of(0, 255, 10, 13), Uint8Array.of()]);
});

test("an API that answers with a value or a stream: both are awaited and iterated", async () => {
  assert.equal(await calls.either("a"), "a");
  const stream = await calls.either("ab");
  assert.ok(typeof stream === "object");
  assert.deepEqual(await all(stream), ["a", "b"]);
  assert.deepEqual(await all(calls.either("ab")), ["a", "b"]);
  assert.deepEqual(await all(calls.either("a")), ["a"]);
});

test("a stream that breaks yields its items, and then throws", async () => {
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      for await (const item of calls.break("first")) seen.push(item);
    },
    (error) =>
      error instanceof ServiceError &&
      error.code === "failed_precondition" &&
      error.message === "broken after first" &&
      error.requestId !== undefined,
  );
  assert.deepEqual(seen, ["first"]);
});

async function errorOf(call: PromiseLike<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error("The call has succeeded");
}

for (const [what, document] of [
  ["a page", "<!doctype html>"],
  ["null", "null"],
] as const) {
  test(`a document that cannot be read is not a lost connection: ${what}`, async () => {
    const strange = client<typeof example>({ fetch: () => new Response(document) });
    const { code, message } = await errorOf(strange.text("a"));
    assert.equal(code, "internal");
    assert.match(message, /^Cannot read http:\/\/localhost\/openapi.json: ./);
  });
}

test("an answer that cannot be read is not a lost connection", async () => {
  const document = await (await host.request("/openapi.json")).json();
  const bodies = ["<!doctype html>", "data: <p>\n\n"];
  const types = ["application/json", "text/event-stream"];
  for (const [at, body] of bodies.entries()) {
    const headers = { "content-type": types[at] ?? "" };
    const strange = client<typeof example>(
      { fetch: () => new Response(body, { headers }) },
      { document },
    );
    const call = at === 0 ? strange.json(1) : all(strange.counts(1));
    const { code, message } = await errorOf(call);
    assert.equal(code, "internal");
    assert.match(message, /^Cannot read the answer: /);
  }
});

test("an error has the code, the message and the id of the request", async () => {
  for (const code of ["invalid_argument", "not_found", "internal", "unauthenticated"] as const) {
    const headers = { "x-request-id": `id-${code}` };
    const error = await errorOf(calls.refuse(code, { headers, retries: 0 }));
    assert.deepEqual(
      [error.code, error.message, error.requestId, error.retryAfterSeconds],
      [code, `refused as ${code}`, `id-${code}`, 7],
    );
  }
  const { status, message } = await errorOf(calls.greet({ name: 1 as never }));
  assert.equal(status, 400);
  assert.match(message, /^Invalid JSON input received: .*name/);
});

test("an unknown API is an error that lists those there are", async () => {
  const wrong = client<typeof example>(host) as unknown as Record<string, typeof calls.text>;
  const { code, message } = await errorOf(wrong["txet"]?.("") ?? Promise.reject());
  assert.equal(code, "not_found");
  assert.match(message, /^The service has no API "txet": it has text, json, count, /);
});

test("a client is no promise", async () => {
  assert.equal(await calls, calls);
});

test("a call ends at its deadline, by the server and by the client", async () => {
  const error = await errorOf(calls.hang("", { timeoutMs: 50 }));
  assert.equal(error.code, "deadline_exceeded");
  const never = client<typeof example>({ fetch: () => new Promise(() => {}) });
  const { code, message } = await errorOf(never.hang("", { timeoutMs: 20 }));
  assert.deepEqual([code, message], ["deadline_exceeded", "No answer within 20 ms"]);
});

test("a signal cancels a call, before and during it, and a stream", async () => {
  const aborter = new AbortController();
  const call = errorOf(calls.hang("", { signal: aborter.signal }));
  aborter.abort("no longer needed");
  const { code, cause } = await call;
  assert.deepEqual([code, cause], ["canceled", "no longer needed"]);
  assert.equal((await errorOf(calls.text("", { signal: AbortSignal.abort() }))).code, "canceled");
  const stopped = new AbortController();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { n } of calls.counts(1e9, { signal: stopped.signal })) {
      if (seen.push(n) === 3) stopped.abort();
    }
  })();
  assert.equal((await errorOf(reading)).code, "canceled");
  assert.deepEqual(seen, [1, 2, 3]);
});

test("a call that ends does not end the reading of the document for the others", async () => {
  const document = Promise.withResolvers<void>();
  let reads = 0;
  const slow = async (request: Request): Promise<Response> => {
    if (!request.url.endsWith("/openapi.json")) return await host.fetch(request);
    reads += 1;
    await document.promise;
    return await host.fetch(request);
  };
  const own = client<typeof example>({ fetch: slow });
  const gone = new AbortController();
  const left = own.text("first", { signal: gone.signal });
  const late = own.text("second", { timeoutMs: 1 });
  const stays = own.text("third");
  const ends = [errorOf(left), errorOf(late)];
  gone.abort();
  assert.deepEqual(await Promise.all(ends.map(async (end) => (await end).code)), [
    "canceled",
    "deadline_exceeded",
  ]);
  document.resolve();
  assert.equal(await stays, await calls.text("third"));
  assert.equal(reads, 1);
});

test("options set headers: the key, the lane, the deadline, and those of the user", async () => {
  const tokens = ["one", "two"];
  const mine = client<typeof example>(host, {
    apiKey: "secret",
    headers: async () => ({ "x-token": tokens.shift() ?? "none", "x-mine": "client" }),
    lane: "bulk",
    timeoutMs: 5_000,
  });
  assert.equal(await mine.headers("authorization"), "Bearer secret");
  assert.equal(await mine.headers("ekiben-lane"), "bulk");
  assert.equal(await mine.headers("ekiben-lane", { lane: "interactive" }), "interactive");
  assert.match(await mine.headers("request-timeout"), /^[1-5]\d{0,3}ms$/);
  assert.equal(await mine.headers("x-mine", { headers: { "x-mine": "call" } }), "call");
  assert.equal(await calls.headers("request-timeout"), "");
  let seen = "";
  const onResponse = ({ headers }: Response): void => {
    seen = headers.get("x-request-id") ?? "";
  };
  await calls.text("", { onResponse });
  assert.notEqual(seen, "");
});

for (const [what, make, message] of [
  [
    "no URL",
    () => client("localhost"),
    /needs the URL of a server, .*, but was given "localhost"$/,
  ],
  ["no scheme", () => client("localhost:3000"), /such as http:.* but was given "localhost:3000"$/],
  [
    "nothing",
    () => client(undefined as never),
    /or an object with a fetch\(\), but was given "undefined"$/,
  ],
  ["a misspelt option", () => client(host, { timeout: 1 } as never), /no option "timeout": it mus/],
  [
    "a negative time",
    () => client(host, { timeoutMs: -1 }),
    /timeoutMs must be above 0, but was -/,
  ],
  ["a misspelt option of a call", () => calls.text("", { lanes: 1 } as never), /no option "lanes"/],
] as const) {
  test(`${what} is refused at once`, () => {
    assert.throws(make, message);
  });
}
