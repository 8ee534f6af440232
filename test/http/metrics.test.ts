import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Hono } from "hono";
import { httpApp as app } from "../../src/http/http-app.ts";
import type { HttpAppOptions } from "../../src/http/http-options.ts";
import { samplesIn } from "../support/exposition.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { example } from "./example-service.ts";

const OPEN_METRICS = "application/openmetrics-text; version=1.0.0";

function post(hono: Hono, path: string, body = "", headers: HeadersInit = {}) {
  return Promise.resolve(hono.request(path, { method: "POST", body, headers }));
}

async function scrape(hono: Hono, prefix = "bentoml_api_server_"): Promise<Record<string, number>> {
  const response = await hono.request("/metrics");
  assert.equal(response.status, 200);
  return samplesIn(await response.text(), prefix);
}

function labels(endpoint: string, status?: number): string {
  const service = 'service_name="example",service_version="not available"';
  const code = status === undefined ? "" : `,http_response_code="${status}"`;
  return `{endpoint="${endpoint}",${service}${code}}`;
}

test("app() counts each request with its endpoint and status", async () => {
  const clock = new FakeClock();
  const service = example();
  const hono = app(service, { clock, timeoutMs: 1_000, maxBodyBytes: 100 });
  using _ = silenced();
  for (const body of ["a", "b"]) await post(hono, "/upper", body);
  await post(hono, "/greet", "no JSON");
  await post(hono, "/crash", "secret");
  await post(hono, "/refuse", "resource_exhausted");
  await post(hono, "/upper", "x".repeat(101));
  await hono.request("/upper");
  await hono.request("/livez");
  for (const path of ["/a", "/b?c", "/metricsx"]) await hono.request(path);
  const late = post(hono, "/hang", "");
  const during = await scrape(hono);
  assert.equal(during[`bentoml_api_server_request_in_progress${labels("/hang")}`], 1);
  clock.advance(1_000);
  await late;
  service.drain();
  await post(hono, "/upper", "a");
  const found = await scrape(hono, "bentoml_api_server_request_total");
  const total = (endpoint: string, status: number) =>
    [`bentoml_api_server_request_total${labels(endpoint, status)}`] as const;
  assert.deepEqual(
    found,
    Object.fromEntries([
      [total("/upper", 200), 2],
      [total("/greet", 400), 1],
      [total("/crash", 500), 1],
      [total("/refuse", 429), 1],
      [total("/upper", 413), 1],
      [total("/upper", 405), 1],
      [total("/livez", 200), 1],
      [total("(unknown)", 404), 3],
      [total("/hang", 504), 1],
      [total("/upper", 503), 1],
    ]),
  );
  const rest = await scrape(hono);
  const count = `bentoml_api_server_request_duration_seconds_count${labels("/upper", 200)}`;
  assert.equal(rest[count], 2);
  assert.equal(rest[`bentoml_api_server_request_in_progress${labels("/hang")}`], 0);
});

test("app() answers /metrics itself, and neither counts nor changes it", async () => {
  const hono = app(example());
  for (const method of ["GET", "HEAD"]) {
    const { status, headers } = await hono.request("/metrics", { method });
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  }
  assert.deepEqual(await scrape(hono, "bentoml_api_server_request_total"), {});
  // That is no scrape.
  assert.equal((await post(hono, "/metrics")).status, 405);
  const counted = await scrape(hono, "bentoml_api_server_request_total");
  assert.deepEqual(Object.values(counted), [1]);
});

test("app() uses the given buckets and namespace", async () => {
  const hono = app(example(), { metrics: { namespace: "mine", buckets: [0.1, 5] } });
  await post(hono, "/upper", "a");
  const found = await scrape(hono, "mine_request_duration_seconds_bucket");
  const bounds = Object.keys(found).map((name) => /le="([^"]+)"/.exec(name)?.[1]);
  assert.deepEqual(bounds, ["0.1", "5.0", "+Inf"]);
  assert.deepEqual(await scrape(hono), {});
});

test("app() has no /metrics if metrics are disabled", async () => {
  const hono = app(example(), { metrics: { enabled: false } });
  assert.equal((await hono.request("/metrics")).status, 404);
});

test("app() shows the trace of a request as an exemplar, in OpenMetrics", async () => {
  const hono = app(example());
  const trace = "0af7651916cd43dd8448eb211c80319c";
  for (const traceparent of [
    `00-${trace}-b7ad6b7169203331-01`,
    "00-nonsense",
    `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
  ]) {
    await post(hono, "/upper", "a", { traceparent });
  }
  const response = await hono.request("/metrics", { headers: { accept: OPEN_METRICS } });
  assert.match(response.headers.get("content-type") ?? "", /^application\/openmetrics-text/);
  const text = await response.text();
  assert.ok(text.endsWith("# EOF\n"));
  const exemplars = text.split("\n").filter((line) => line.includes(" # {"));
  assert.ok(exemplars.length >= 2, "a counter and a bucket have one");
  for (const line of exemplars) assert.ok(line.includes(`# {trace_id="${trace}"}`), line);
});

const codings: readonly (readonly [header: string | undefined, zipped: boolean])[] = [
  [undefined, false],
  ["gzip", true],
  ["deflate, GZip;q=0.5", true],
  ["*", true],
  ["gzip;q=0, *", false],
  ["identity", false],
  ["br;q=1.0, gzip ; q=0.001", true],
];
for (const [header, zipped] of codings) {
  test(`app() ${zipped ? "compresses" : "sends"} metrics for the encodings ${header}`, async () => {
    const headers = header === undefined ? {} : { "accept-encoding": header };
    const response = await app(example()).request("/metrics", { headers });
    const bytes = await response.bytes();
    assert.equal(response.headers.get("content-encoding"), zipped ? "gzip" : null);
    const text = new TextDecoder().decode(zipped ? gunzipSync(bytes) : bytes);
    assert.match(text, /^# TYPE bentoml_api_server_request_total counter$/m);
  });
}

test("app() refuses unknown options of metrics", () => {
  const options: HttpAppOptions = { metrics: { buckets: [2, 1] } };
  assert.throws(() => app(example(), options), /buckets \[2,1\]: they must ascend/);
});
