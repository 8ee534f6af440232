/** What one protocol has, all have: every feature over every way to send a request. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { openActing } from "./acting-service.ts";
import { type Outcome, WAYS, type Way } from "./ways.ts";

const server = await openActing();
after(() => server[Symbol.asyncDispose]());
const { target } = server;

/** The header by which each protocol says how long its caller will wait: 20 seconds, and 50 ms. */
const TIMEOUTS = {
  REST: ["ekiben-timeout-ms", "20000", "50"],
  Connect: ["connect-timeout-ms", "20000", "50"],
  "gRPC-Web": ["grpc-timeout", "20S", "50m"],
  gRPC: ["grpc-timeout", "20S", "50m"],
} as const;

/** The metadata that came back, wherever it was. */
const find = ({ header, trailer }: Outcome, name: string) => header.get(name) ?? trailer.get(name);

/** The request's id, which every answer has. */
function checkId(outcome: Outcome, expected: RegExp = /^[\da-f-]{36}$/): void {
  assert.match(find(outcome, "x-request-id") ?? "none", expected);
}

async function succeed(way: Way, command: string, headers: Record<string, string> = {}) {
  const outcome = await way.call(target, command, headers);
  assert.deepEqual([outcome.code, outcome.message], ["ok", ""]);
  checkId(outcome);
  return outcome;
}

async function fail(way: Way, command: string, headers: Record<string, string> = {}) {
  using logged = silenced();
  const outcome = await way.call(target, command, headers);
  assert.notEqual(outcome.code, "ok");
  checkId(outcome);
  return { ...outcome, logged: logged.text };
}

const CALL = /echoes;method=echo;rows=1;requests=1;wait-ms=[\d.]+;run-ms=[\d.]+;reason=\w+(?:, )?/;
const CALLS = (count: number) => new RegExp(`^(?:${CALL.source}){${count}}$`);

for (const way of WAYS) {
  test(`Every answer has its request's id: ${way.name}`, async () => {
    const sent = { "x-request-id": "abc-1" };
    const named = await way.call(target, "id", sent);
    assert.equal(named.values[0], "abc-1");
    checkId(named, /^abc-1$/);
    const fresh = await succeed(way, "id");
    assert.equal(fresh.values[0], find(fresh, "x-request-id"));
    using _ = silenced();
    for (const command of ["later", "crash", "set the status 99"]) {
      checkId(await way.call(target, command, sent), /^abc-1$/);
    }
    const other = await way.call(target, "set another id", sent);
    checkId(other, /^abc-1$/);
  });

  if (way.isStream) {
    test(`A stream that fails between its items reports it, with its id: ${way.name}`, async () => {
      const outcome = await way.call(target, "fail later", { "x-request-id": "abc-1" });
      const { code, message, values } = outcome;
      assert.deepEqual([code, message, values], ["failed_precondition", "failed", ["fail later"]]);
      checkId(outcome, /^abc-1$/);
    });
  }

  test(`Ekiben-Explain lists batches: ${way.name}`, async () => {
    const asked = { "ekiben-explain": "1" };
    const outcome = await succeed(way, "explain", asked);
    assert.match(outcome.header.get("ekiben-explain") ?? "", CALLS(1));
    // The second item was made after the headers had been sent.
    if (way.isStream) assert.match(outcome.trailer.get("ekiben-explain") ?? "", CALLS(2));
    const failed = await fail(way, "explain, then fail", asked);
    assert.match(find(failed, "ekiben-explain") ?? "", CALLS(1));
    assert.equal(find(await succeed(way, "explain"), "ekiben-explain"), null);
    assert.equal(find(await succeed(way, "id", asked), "ekiben-explain"), null);
  });

  test(`An error has the time until a retry, in its protocol's form: ${way.name}`, async () => {
    const outcome = await fail(way, "later");
    const { code, message, retryMs } = outcome;
    assert.deepEqual([code, message], ["unavailable", "busy"]);
    // The header has whole seconds.
    assert.equal(retryMs, way.protocol === "REST" ? 7000 : 6500);
    assert.equal(find(outcome, "retry-after"), "7");
  });

  test(`An error that was not meant for callers is logged and masked: ${way.name}`, async () => {
    const { code, message, logged, header } = await fail(way, "crash");
    assert.deepEqual([code, message], ["internal", "Internal error"]);
    assert.match(logged, /password/);
    assert.equal(header.get("x-made"), null);
  });

  test(`A caller may send its deadline: ${way.name}`, async () => {
    const [name, long, short] = TIMEOUTS[way.protocol];
    assert.equal((await succeed(way, "deadline", { [name]: long })).values[0], "true");
    const late = await fail(way, "hang", { [name]: short });
    assert.equal(late.code, "deadline_exceeded");
    const passed = await fail(way, "id", { [name]: short.replace("50", "0") });
    assert.equal(passed.code, "deadline_exceeded");
    const wrong = await fail(way, "id", { [name]: "soon" });
    assert.equal(wrong.code, "invalid_argument");
  });

  test(`A handler reads the query: ${way.name}`, async () => {
    assert.equal((await succeed(way, "query")).values[0], "from the query");
  });

  test(`A handler sets headers and trailers: ${way.name}`, async () => {
    const outcome = await succeed(way, "set metadata");
    const trailers = way.protocol === "REST" ? outcome.header : outcome.trailer;
    assert.deepEqual([outcome.header.get("x-made"), trailers.get("x-cost")], ["header", "trailer"]);
    const failed = await fail(way, "set metadata, then fail");
    assert.equal(failed.code, "resource_exhausted");
    assert.deepEqual([find(failed, "x-made"), find(failed, "x-cost")], ["header", "trailer"]);
  });

  test(`An invalid trailer is the handler's fault: ${way.name}`, async () => {
    const reserved = await fail(way, "set a trailer of the protocol");
    assert.equal(reserved.code, "internal");
    assert.match(reserved.logged, /trailer "grpc-status" belongs to the protocol/);
    const odd = await fail(way, "set a trailer that cannot be");
    assert.equal(odd.code, "internal");
    assert.match(odd.logged, /no name/);
  });

  test(`An error status becomes an error: ${way.name}`, async () => {
    const none = await fail(way, "set the status 99");
    assert.equal(none.code, "internal");
    assert.match(none.logged, /must be from 200 to 599, but was 99/);
    if (way.protocol === "REST") return; // whose answer has its own body
    assert.equal((await fail(way, "set the status 404")).code, "not_found");
  });

  test(`A message is bounded: ${way.name}`, async () => {
    const { code } = await fail(way, "x".repeat(30_000));
    assert.equal(code, way.protocol === "REST" ? "payload_too_large" : "resource_exhausted");
  });

  test(`A request is counted with its trace, by its status: ${way.name}`, async () => {
    const at = WAYS.indexOf(way);
    for (const [command, code] of [
      ["id", 200],
      ["later", 503],
    ] as const) {
      const trace = `${code}${"a".repeat(27)}${String(at).padStart(2, "0")}`;
      await way.call(target, command, { traceparent: `00-${trace}-00f067aa0ba902b7-01` });
      await until(async () => {
        const headers = { accept: "application/openmetrics-text" };
        const text = await (await fetch(`${target.url}/metrics`, { headers })).text();
        const line = text
          .split("\n")
          .find((each) => each.includes("request_total{") && each.includes(trace));
        const labels = [`="${way.endpoint}"`, `http_response_code="${code}"`];
        return labels.every((label) => line?.includes(label) === true);
      });
    }
  });
}
