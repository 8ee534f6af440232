/** Which calls are tried again, when, and for how long. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallOptions, ServiceError } from "ekiben/client";
import { openClient } from "../../src/client/client.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { until } from "../support/until.ts";
import type { example } from "./example-service.ts";

const io = { "x-ekiben-io": { kind: "text" } };
const post = { "x-bentoml-name": "text", requestBody: io, responses: { 200: io } };
const spell = { ...post, "x-bentoml-name": "spell" };
const DOCUMENT = { paths: { "/text": { post }, "/spell": { post: spell } } };

/** What a server does with one request. */
type Reaction = () => Response | Promise<Response>;

const answered: Reaction = () =>
  new Response("done", { headers: { "content-type": "text/plain" } });

function refusing(status: number, headers: Record<string, string> = {}): Reaction {
  const code = status === 429 ? "resource_exhausted" : "unavailable";
  const body = JSON.stringify({ error: "refused", code, request_id: "1" });
  return () => new Response(body, { status, headers });
}

function failing(message: string, code?: string): Reaction {
  const cause = Object.assign(new Error(message), code === undefined ? {} : { code });
  return () => Promise.reject(new TypeError("fetch failed", { cause }));
}

const refused = failing("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED");
const lost = failing("other side closed", "UND_ERR_SOCKET");
const soon = { "retry-after": "1" };

/** Calls a server that reacts as told; the clock advances whenever the client waits. */
async function outcomeOf(reactions: readonly Reaction[], options: CallOptions = {}, random = 0.5) {
  const clock = new FakeClock();
  const attemptsMs: number[] = [];
  const timeouts: (string | null)[] = [];
  const fetch = async ({ headers }: Request): Promise<Response> => {
    const reaction = reactions[attemptsMs.length];
    attemptsMs.push(clock.now());
    timeouts.push(headers.get("request-timeout"));
    if (reaction === undefined) throw new Error("One attempt too many");
    return await reaction();
  };
  const internals = { clock, random: () => random };
  const calls = openClient<typeof example>({ fetch }, { document: DOCUMENT }, internals);
  let result: string | undefined;
  const timers = options.timeoutMs === undefined ? 0 : 1;
  const call = calls.text("", options).then(
    (value) => (result = value),
    (error: ServiceError) => (result = `${error.code}: ${error.message}`),
  );
  while (result === undefined) {
    await until(() => result !== undefined || clock.pending > timers);
    if (result === undefined) clock.advance(50);
  }
  await call;
  assert.equal(clock.pending, 0, "no timer is left");
  return { result, attemptsMs, timeouts };
}

const CASES: readonly (readonly [
  what: string,
  reactions: readonly Reaction[],
  attempts: number,
  result: RegExp,
  options?: CallOptions,
])[] = [
  ["a refused connection", [refused, answered], 2, /^done$/],
  [
    "a refused connection in Deno",
    [failing("Connection refused (os error 111)"), answered],
    2,
    /^d/,
  ],
  ["503 with Retry-After", [refusing(503, soon), answered], 2, /^done$/],
  ["429 with Retry-After", [refusing(429, soon), answered], 2, /^done$/],
  ["503 without Retry-After", [refusing(503), answered], 1, /^unavailable: refused$/],
  ["429 without Retry-After", [refusing(429), answered], 1, /^resource_exhausted: refused$/],
  ["a lost connection", [lost, answered], 1, /^unavailable: Lost the connection to .*: other side/],
  ["an idempotent call and a lost connection", [lost, answered], 2, /^done$/, { idempotent: true }],
  ["an idempotent call and 503", [refusing(503), answered], 2, /^done$/, { idempotent: true }],
  ["an idempotent call and 429", [refusing(429), answered], 1, /^res/, { idempotent: true }],
  ["404", [refusing(404), answered], 1, /^unavailable: refused$/],
  ["no retries", [refused, answered], 1, /^unavailable: Cannot connect to /, { retries: 0 }],
  ["the default number", [refused, refused, refused, answered], 3, /^unavailable: Cannot connect/],
  ["more retries", [refused, refused, refused, answered], 4, /^done$/, { retries: 3 }],
  ["a wait of a minute", [refusing(503, { "retry-after": "60" }), answered], 1, /^unavailable: r/],
  ["a wait beyond the deadline", [refusing(503, soon), answered], 1, /^un/, { timeoutMs: 900 }],
  ["a wait before the deadline", [refusing(503, soon), answered], 2, /^do/, { timeoutMs: 1500 }],
];

for (const [what, reactions, attempts, result, options] of CASES) {
  test(`${what}: ${attempts === 1 ? "one attempt" : `${attempts} attempts`}`, async () => {
    const { result: given, attemptsMs } = await outcomeOf(reactions, options);
    assert.match(given, result);
    assert.equal(attemptsMs.length, attempts);
  });
}

test("delays double, half of each is random, and Retry-After is added", async () => {
  const thrice = [refused, refused, refused, answered];
  const options = { retries: 3 };
  assert.deepEqual((await outcomeOf(thrice, options, 0)).attemptsMs, [0, 50, 150, 350]);
  assert.deepEqual((await outcomeOf(thrice, options, 1)).attemptsMs, [0, 100, 300, 700]);
  const { attemptsMs } = await outcomeOf([refusing(503, soon), answered], {}, 0);
  assert.deepEqual(attemptsMs, [0, 1050]);
});

test("the server learns the time that is left at each attempt", async () => {
  const { timeouts } = await outcomeOf([refused, answered], { timeoutMs: 1000 }, 1);
  assert.deepEqual(timeouts, ["1000ms", "900ms"]);
});

test("Retry-After may be a date", async () => {
  const date = new Date(Date.now() + 3600_000).toUTCString();
  const calls = openClient<typeof example>(
    { fetch: refusing(503, { "retry-after": date }) },
    { document: DOCUMENT },
    { clock: new FakeClock(), random: () => 0 },
  );
  await assert.rejects(calls.text(""), (error) => {
    const { retryAfterSeconds = 0 } = error as ServiceError;
    return retryAfterSeconds > 3590 && retryAfterSeconds <= 3600;
  });
});

test("answers of others than Ekiben's servers are errors by their status", async () => {
  const html = { "content-type": "text/html" };
  for (const [status, body, headers, message] of [
    [502, "<h1>Bad Gateway</h1>", html, "unavailable: The server answered 502"],
    [
      413,
      "too large",
      { "content-type": "text/plain" },
      "payload_too_large: The server answered 413: too large",
    ],
    [418, "", html, "invalid_argument: The server answered 418"],
    [500, '{"error":"x","code":"strange"}', {}, "internal: x"],
    [302, "", {}, "internal: The server answered 302"],
  ] as const) {
    const { result } = await outcomeOf([() => new Response(body, { status, headers })]);
    assert.equal(result, message);
  }
});

test("a stream is not tried again, even if it breaks at once", async () => {
  let attempts = 0;
  const fetch = (): Response => {
    attempts += 1;
    const events = 'event: error\ndata: {"error":"full","code":"unavailable"}\n\n';
    return new Response(events, { headers: { "content-type": "text/event-stream" } });
  };
  const internals = { clock: new FakeClock(), random: () => 0 };
  const options = { document: DOCUMENT, idempotent: true };
  const calls = openClient<typeof example>({ fetch }, options, internals);
  await assert.rejects(
    async () => {
      for await (const item of calls.spell("")) assert.fail(item);
    },
    (error) => error instanceof ServiceError && error.message === "full",
  );
  assert.equal(attempts, 1);
});
