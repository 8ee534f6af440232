/** Requests over every protocol: ids, metadata, deadlines, errors, explanations. */
import { equal, matches, until } from "./check.ts";
import { type Case, MAX_BODY_BYTES, type Target } from "./target.ts";
import { fail, find, succeed, type Way } from "./ways.ts";

/** The checks of one subject, for any way. */
type Check = (way: Way, target: Target) => Promise<void>;

/** Returns a case for each way. */
export function overEach(ways: readonly Way[], name: string, check: Check): Case[] {
  return ways.map((way) => ({
    name: `${name}, over ${way.name}`,
    run: (target) => check(way, target),
  }));
}

async function ids(way: Way, target: Target): Promise<void> {
  const fresh = await succeed(way, target, "id");
  matches(find(fresh, "x-request-id"), /^[\da-f-]{36}$/, "A new id");
  equal(fresh.values[0], find(fresh, "x-request-id"));
  const headers = { "x-request-id": "abc-1" };
  const commands = ["id", "later", "crash", "set the status 99", "set another id"];
  for (const command of commands) {
    const reply = await way.call(target, command, { headers });
    equal(find(reply, "x-request-id"), "abc-1", `The id of "${command}"`);
  }
}

async function metadata(way: Way, target: Target): Promise<void> {
  equal((await succeed(way, target, "query")).values[0], "from the query");
  const said = await succeed(way, target, "header", { "x-said": "a b" });
  equal(said.values[0], "a b");
  for (const command of ["set metadata", "set metadata, then fail"]) {
    const reply = await way.call(target, command);
    equal(reply.code, command === "set metadata" ? "ok" : "resource_exhausted");
    equal([find(reply, "x-made"), find(reply, "x-cost")], ["header", "trailer"], command);
  }
  const { header, trailer } = await succeed(way, target, "set metadata");
  const trailers = way.protocol === "REST" ? header : trailer;
  equal([header.get("x-made"), trailers.get("x-cost")], ["header", "trailer"]);
  for (const wrong of ["set a trailer of the protocol", "set a trailer that cannot be"]) {
    equal((await fail(way, target, wrong)).code, "internal", wrong);
  }
}

async function statuses(way: Way, target: Target): Promise<void> {
  equal((await fail(way, target, "set the status 99")).code, "internal");
  await succeed(way, target, "set the status 201");
  // Over REST, the answer has its own body.
  if (way.protocol === "REST") return;
  equal((await fail(way, target, "set the status 404")).code, "not_found");
}

/** Every code of an error, with its status over HTTP and its name over gRPC. */
const CODES: readonly (readonly [code: string, status: number, grpc?: string])[] = [
  ["invalid_argument", 400],
  ["unauthenticated", 401],
  ["permission_denied", 403],
  ["not_found", 404],
  ["method_not_allowed", 405, "unimplemented"],
  ["already_exists", 409],
  ["payload_too_large", 413, "resource_exhausted"],
  ["unsupported_media_type", 415, "invalid_argument"],
  ["failed_precondition", 422],
  ["resource_exhausted", 429],
  ["canceled", 499],
  ["internal", 500],
  ["unimplemented", 501],
  ["unavailable", 503],
  ["deadline_exceeded", 504],
];

async function codes(way: Way, target: Target): Promise<void> {
  // They are mapped by protocol, not by method: once a protocol is enough.
  for (const [code, , grpc = code] of CODES) {
    const reply = await fail(way, target, `throw ${code}`);
    const wanted = way.protocol === "REST" ? code : grpc;
    equal([reply.code, reply.message], [wanted, "refused"], `The code of "${code}"`);
  }
}

async function faults(way: Way, target: Target): Promise<void> {
  const crash = await fail(way, target, "crash");
  equal([crash.code, crash.message], ["internal", "Internal error"]);
  const later = await fail(way, target, "later");
  equal([later.code, later.message], ["unavailable", "busy"]);
  // The header has whole seconds.
  equal(later.retryMs, way.protocol === "REST" ? 7000 : 6500, "The time until a retry");
  equal(find(later, "retry-after"), "7");
}

async function deadlines(way: Way, target: Target): Promise<void> {
  const [name, of] = way.timeout;
  const within = (ms: number) => ({ [name]: of(ms) });
  equal((await succeed(way, target, "deadline", within(20_000))).values[0], "true");
  equal((await fail(way, target, "hang", within(30))).code, "deadline_exceeded");
  equal((await fail(way, target, "id", within(0))).code, "deadline_exceeded");
  equal((await fail(way, target, "id", { [name]: "soon" })).code, "invalid_argument");
  if (way.protocol === "REST") await statedDeadlines(way, target);
}

const ENVOY = "x-envoy-expected-rq-timeout-ms";

/** The forms of a deadline over REST, and the outcome of a handler that never answers. */
const STATED: readonly (readonly [headers: Record<string, string>, code: string])[] = [
  [{ "request-timeout": "0.03" }, "deadline_exceeded"],
  [{ "request-timeout": "0.03s" }, "deadline_exceeded"],
  [{ "request-timeout": "30ms" }, "deadline_exceeded"],
  [{ "request-timeout": "-1" }, "deadline_exceeded"],
  [{ [ENVOY]: "30" }, "deadline_exceeded"],
  [{ "request-timeout": "20", [ENVOY]: "30" }, "deadline_exceeded"],
  [{ "request-timeout": "0.03", [ENVOY]: "20000" }, "deadline_exceeded"],
  [{ "request-timeout": "" }, "invalid_argument"],
  [{ "request-timeout": "0.1, 0.2" }, "invalid_argument"],
  [{ "request-timeout": "1m" }, "invalid_argument"],
  [{ "request-timeout": "NaN" }, "invalid_argument"],
  [{ [ENVOY]: "30ms" }, "invalid_argument"],
];

async function statedDeadlines(way: Way, target: Target): Promise<void> {
  for (const [headers, code] of STATED) {
    const { code: given, message } = await fail(way, target, "hang", headers);
    equal(given, code, JSON.stringify(headers));
    if (code === "invalid_argument") matches(message, /^[-\w]+ must be a time in .*, but was "/i);
  }
  const huge = { "request-timeout": "9".repeat(30) };
  equal((await succeed(way, target, "id", huge)).code, "ok", "A huge deadline");
}

async function lanes(way: Way, target: Target): Promise<void> {
  const asked = (lane: string) => ({ "ekiben-lane": lane });
  equal((await succeed(way, target, "lane")).values[0], "interactive");
  for (const lane of ["interactive", "bulk"]) {
    equal((await succeed(way, target, "lane", asked(lane))).values[0], lane);
    await succeed(way, target, "run", asked(lane));
  }
  const { code, message } = await fail(way, target, "lane", asked("fast"));
  const words = 'Ekiben-Lane must be interactive or bulk, but was "fast"';
  equal([code, message], ["invalid_argument", words]);
}

async function callers(way: Way, target: Target): Promise<void> {
  equal((await succeed(way, target, "caller")).values[0], "by undefined");
  for (const [headers, caller] of [
    [{ authorization: "Bearer a1" }, "Bearer a1"],
    [{ "x-api-key": "b2" }, "b2"],
    [{ authorization: "Bearer a1", "x-api-key": "b2" }, "Bearer a1"],
  ] as const) {
    equal((await succeed(way, target, "caller", headers)).values[0], `by ${caller}`);
    await succeed(way, target, "run", headers);
  }
}

const CALL = /batched;method=double;rows=\d+;requests=\d+;wait-ms=[\d.]+;run-ms=[\d.]+;reason=\w+/;
const calls = (count: number): RegExp => new RegExp(`^(?:${CALL.source}(?:, )?){${count}}$`);

async function explanations(way: Way, target: Target): Promise<void> {
  const asked = { "ekiben-explain": "1" };
  const reply = await succeed(way, target, "run", asked);
  matches(reply.header.get("ekiben-explain"), calls(1));
  // The second item was made after the headers had been sent.
  if (way.isStream) matches(reply.trailer.get("ekiben-explain"), calls(2));
  const failed = await fail(way, target, "run, then fail", asked);
  matches(find(failed, "ekiben-explain"), calls(1));
  equal(find(await succeed(way, target, "run"), "ekiben-explain"), null, "Unasked");
  equal(find(await succeed(way, target, "id", asked), "ekiben-explain"), null, "Without calls");
}

async function bounds(way: Way, target: Target): Promise<void> {
  const reply = await fail(way, target, "x".repeat(MAX_BODY_BYTES + 1));
  equal(reply.code, way.protocol === "REST" ? "payload_too_large" : "resource_exhausted");
}

async function items(way: Way, target: Target): Promise<void> {
  equal((await succeed(way, target, "a")).values, ["a", "end"]);
  const reply = await fail(way, target, "fail later");
  equal(
    [reply.code, reply.message, reply.values],
    ["failed_precondition", "failed", ["fail later"]],
  );
}

async function guards(way: Way, target: Target): Promise<void> {
  equal((await succeed(way, target, "user", { "x-user": "Ada" })).values[0], "Ada");
  const reply = await way.call(target, "id", { headers: { "x-user": "nobody" } });
  const code = way.protocol === "REST" ? "HTTP 403" : "permission_denied";
  equal([reply.code, find(reply, "x-refused")], [code, "yes"]);
}

async function answerTimes(way: Way, target: Target): Promise<void> {
  await until(async () => {
    await succeed(way, target, "run, then wait");
    return (await succeed(way, target, "answer time")).values[0] === "known";
  }, "The time of an answer is known after some requests");
}

/** The subjects, by the row of the table that they belong to. */
export const CHECKS = {
  bounds,
  ids,
  metadata,
  statuses,
  codes,
  faults,
  deadlines,
  lanes,
  callers,
  answerTimes,
  explanations,
  items,
  guards,
} satisfies Readonly<Record<string, Check>>;

/** The statuses of all codes over REST. */
export const STATUSES: readonly Case[] = CODES.map(([code, status]) => ({
  name: `${code} is ${status}`,
  async run(target) {
    const response = await target.fetch("/one", { method: "POST", body: `throw ${code}` });
    equal(response.status, status, await response.text());
  },
}));
