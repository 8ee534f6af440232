import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually } from "../project/process.ts";
import { dashboard, filledIn, type Values } from "../support/dashboard.ts";
import { samplesIn } from "../support/exposition.ts";
import { deploy, type Sample } from "./prometheus.ts";
import { readByPython } from "./python.ts";
import { NOBODY, openScene, ROUNDS, RUNTIMES, type Scene, TRACE_ID } from "./scene.ts";

/** Requests of each round, by service, endpoint and status. */
const DURATION = "bentoml_api_server_request_duration_seconds";
const requests: readonly (readonly [string, string, number, number])[] = [
  ["onnx_mnist", "/predict", 200, 20],
  ["onnx_mnist", "/predict", 400, 1],
  ["sentiment_analyzer", "/analysis", 200, 10],
  ["sentiment_analyzer", "/analysis", 400, 1],
  ["eventful", "/count", 200, 16],
  ["eventful", "/count", 500, 1],
  ["eventful", "/leave", 200, 1],
  ["eventful", "/upset", 200, 1],
  ["models", "/v2/models/first/infer", 200, 2],
  ["models", "/v2/models/second/infer", 200, 2],
];

/** What is exactly so, though a worker is lost in each round: expressions, and their values. */
const totals: readonly (readonly [expression: string, value: number])[] = [
  ...requests.map(([service, endpoint, status, each]) => {
    const labels = `service_name="${service}",endpoint="${endpoint}"`;
    const total = `bentoml_api_server_request_total{${labels},http_response_code="${status}"}`;
    return [total, ROUNDS * each] as const;
  }),
  ["sum(bentoml_api_server_request_total)", ROUNDS * 56],
  ["sum(bentoml_api_server_request_duration_seconds_count)", ROUNDS * 56],
  ["sum(bentoml_api_server_request_in_progress)", 0],
  ["sum(digits_predicted_total)", ROUNDS * 20],
  ['digits_predicted_total{digit="3"}', ROUNDS * 2],
  ['bentoml_api_server_request_total{api_name="analysis",http_response_code="200"}', ROUNDS],
  ['polarity_total{polarity="True"}', ROUNDS * 7],
  ['polarity_total{polarity="False"}', ROUNDS * 4],
  ["inference_duration_count", ROUNDS * 11],
  // Two items a call, and one that was joined with a bad one.
  ["eventful_items_total", ROUNDS * (2 * 16 + 1)],
  ...Object.entries({ 200: 17, 500: 2, 503: 1, 499: 1 }).map(([status, each]) => {
    const labels = `runner_name="eventful",endpoint="/count",http_response_code="${status}"`;
    return [`bentoml_runner_request_total{${labels}}`, ROUNDS * each] as const;
  }),
  ['bentoml_runner_request_total{runner_name="mnist"}', ROUNDS * 20],
  ['sum(bentoml_runner_adaptive_batch_size_sum{runner_name="mnist"})', ROUNDS * 20],
  ['ekiben_worker_losses_total{runner_name="eventful",reason="exit"}', ROUNDS],
  ['ekiben_worker_restarts_total{runner_name="eventful"}', ROUNDS],
  ['ekiben_model_load_seconds_count{runner_name="eventful"}', ROUNDS + 1],
  ['ekiben_shed_total{reason="queue_full"}', ROUNDS],
  ['ekiben_canceled_total{stage="queue"}', ROUNDS],
  ["sum(ekiben_queue_depth)", 0],
  ['count(up{job="ekiben"} == 1)', 4],
  ["count(ekiben_ready == 1)", 5],
  ['ekiben_models{state="ready"}', 1],
  ['ekiben_models{state="unloaded"}', 1],
  ['ekiben_model_ready{model="second",version="1"}', 1],
  [`up{job="ekiben-grpc",instance!="${new URL(NOBODY).host}"}`, 1],
  [`up{job="ekiben-grpc",instance="${new URL(NOBODY).host}"}`, 0],
];

/** Metrics that the scene has no series of: its servers have no rules of access. */
const EMPTY = ["ekiben_refused_requests_total"];

const SERVICES = new Set(requests.map(([service]) => service));

const predict = 'service_name="onnx_mnist",endpoint="/predict"';

/**
 * The queries of BentoML's documentation, and what their values are between. Theirs are of the last
 * minute, in which there may be nothing left on a slow machine.
 */
const documented: readonly (readonly [expression: string, above: number, upTo: number])[] = [
  // All but the first round's: it extrapolates those by 1.6 intervals, of one or more.
  [
    `rate(bentoml_api_server_request_total{${predict},http_response_code="200"}[10m])`,
    (0.99 * (ROUNDS - 1) * 20) / 600,
    (2.61 * (ROUNDS - 1) * 20) / 600,
  ],
  [`histogram_quantile(0.99, rate(${DURATION}_bucket{${predict}}[10m]))`, 0, 10],
  [
    "histogram_quantile(0.75, " +
      'rate(bentoml_runner_adaptive_batch_size_bucket{service_name="onnx_mnist"}[10m]))',
    0,
    100,
  ],
  ["histogram_quantile(0.95, rate(inference_duration_bucket[10m]))", 0, 10],
];

for (const runtime of RUNTIMES) {
  describe(`Prometheus, with services on ${runtime},`, () => {
    const cleanUp = new AsyncDisposableStack();
    let scene: Scene;
    before(async () => {
      scene = cleanUp.use(await openScene(runtime));
    });
    after(async () => await cleanUp.disposeAsync());

    /**
     * What an expression is, once it is something: a scrape that takes too long, as on a busy
     * machine, leaves out all samples until the next.
     */
    const samplesOf = async (expression: string, prometheus = scene.classic) => {
      let samples = await prometheus.query(expression);
      await eventually(`samples of ${expression}`, async () => {
        if (!hasNumber(samples)) samples = await prometheus.query(expression);
        return hasNumber(samples);
      });
      return samples;
    };
    const value = async (expression: string, prometheus = scene.classic): Promise<number> => {
      const samples = await samplesOf(expression, prometheus);
      assert.equal(samples.length, 1, `${expression}: ${JSON.stringify(samples)}`);
      return samples[0]?.value ?? Number.NaN;
    };

    test("Prometheus counts every request, though workers were lost in between", async () => {
      for (const [expression, expected] of totals) {
        assert.equal(await value(expression), expected, expression);
      }
      assert.ok((await value("ekiben_retries_total")) >= ROUNDS);
      // The batch with the bad item, and the one lost with its worker, if that had several calls.
      const isolated = await value("ekiben_isolated_batches_total");
      assert.ok(isolated >= ROUNDS && isolated <= 2 * ROUNDS, String(isolated));
    });

    test("answers the queries of BentoML's documentation", async () => {
      for (const [expression, above, upTo] of documented) {
        const samples = await samplesOf(expression);
        for (const sample of samples) {
          assert.ok(sample.value > above && sample.value <= upTo, `${expression}: ${sample.value}`);
        }
      }
    });

    test("has data for every expression of examples/deploy/README.md", async () => {
      const readme = readFileSync(join(deploy, "README.md"), "utf8");
      const rows = [...readme.matchAll(/^\|.*\| `(.+)` \|$/gm)];
      assert.ok(rows.length > 0);
      for (const [, expression = ""] of rows) {
        await samplesOf(expression);
      }
    });

    test("Prometheus stores native histograms, with the same counts", async () => {
      const series = `${DURATION}{${predict},http_response_code="200"}`;
      assert.equal(await value(`histogram_count(${series})`, scene.native), ROUNDS * 20);
      const quantile = `histogram_quantile(0.99, rate(${series}[10m]))`;
      const seconds = await value(quantile, scene.native);
      assert.ok(seconds > 0 && seconds < 10, `${quantile}: ${seconds}`);
    });

    test("has classic buckets of a service without native histograms, asked for both", async () => {
      const buckets = (service: string) =>
        `histogram_quantile(0.99, rate(${DURATION}_bucket{service_name="${service}"}[10m]))`;
      const [sample] = await samplesOf(buckets("sentiment_analyzer"), scene.native);
      assert.ok(sample !== undefined && sample.value > 0 && sample.value < 10);
      // Of the others it has the native ones instead.
      assert.deepEqual(await scene.native.query(buckets("onnx_mnist")), []);
    });

    test("has the bounds of each runner's own limit", async () => {
      for (const [runner, bounds] of [
        ["mnist", ["1.0", "2.0", "4.0", "8.0", "16.0", "32.0", "64.0", "100.0", "+Inf"]],
        ["eventful", ["1.0", "2.0", "4.0", "8.0", "+Inf"]],
      ] as const) {
        const selector = `bentoml_runner_adaptive_batch_size_bucket{runner_name="${runner}"}`;
        for (const prometheus of [scene.classic, scene.native]) {
          const found = (await samplesOf(`count by (le) (${selector})`, prometheus)).map(
            ({ labels }) => labels["le"] ?? "",
          );
          const order = (le: string): number => Number(le.replace("+Inf", "Infinity"));
          const inOrder = found.sort((one, other) => order(one) - order(other));
          assert.deepEqual(inOrder.map(order), bounds.map(order), runner);
        }
      }
    });

    test("fills in every variable of the dashboard, and has data for every panel", async () => {
      const values: Values = await variables(scene);
      assert.deepEqual(values["job"], ["ekiben", "ekiben-grpc"]);
      assert.deepEqual(values["service"], [...SERVICES].sort());
      for (const runner of ["eventful", "mnist", "second", "sentiment"]) {
        assert.ok(values["runner"]?.includes(runner), `${runner} in ${values["runner"]}`);
      }
      assert.equal(values["instance"]?.length, 5);
      for (const { targets = [] } of dashboard.panels) {
        for (const { expr } of targets) {
          const isEmpty = EMPTY.some((metric) => expr.includes(metric));
          for (const prometheus of [scene.classic, scene.native]) {
            if (isEmpty) assert.deepEqual(await prometheus.query(filledIn(expr, values)), [], expr);
            else await samplesOf(filledIn(expr, values), prometheus);
          }
        }
      }
    });

    test("has latencies of native and classic histograms, with exemplars", async () => {
      const values: Values = await variables(scene);
      const latency = dashboard.panels.find(({ title }) => title === "Latency");
      const targets = latency?.targets ?? [];
      assert.equal(targets.length, 3);
      for (const { expr } of targets) {
        for (const prometheus of [scene.classic, scene.native]) {
          const samples = await samplesOf(filledIn(expr, values), prometheus);
          const names = samples.map(({ labels }) => labels["service_name"] ?? "").sort();
          assert.deepEqual(names, [...SERVICES].sort(), expr);
          const traces = await prometheus.exemplars(filledIn(expr, values));
          assert.ok(traces.length > 0, expr);
          for (const labels of traces) assert.equal(labels["trace_id"], TRACE_ID);
        }
      }
    });

    test("evaluates every alert, and sees lost workers and a missing server", async () => {
      const { classic } = scene;
      // Rules are evaluated every two seconds: perhaps not since the last scrape.
      await eventually("all rules to be evaluated, and lost workers to be seen", async () => {
        const rules = await classic.rules();
        const lost = rules.find(({ name }) => name === "EkibenWorkersLost");
        return rules.every(({ health }) => health !== "unknown") && lost?.state === "firing";
      });
      const rules = await classic.rules();
      for (const { name, health, lastError } of rules) assert.equal(health, "ok", name + lastError);
      for (const record of ["service:calls:rate5m", "service:call_duration_seconds:p99_5m"]) {
        for (const prometheus of [classic, scene.native]) {
          // A rate needs two scrapes, and a rule the evaluation after them.
          await eventually(`${record} of every service`, async () => {
            const services = await samplesOf(`count by (service_name) (${record})`, prometheus);
            return services.length === SERVICES.size;
          });
        }
      }
      const states = Object.fromEntries(rules.map(({ name, state }) => [name, state]));
      assert.match(states["EkibenNotScraped"] ?? "", /^(pending|firing)$/);
      assert.equal(states["EkibenLostThreads"], "inactive");
    });

    test("promtool has no complaint about the names and texts of metrics", async () => {
      for (const url of Object.values(scene.urls)) {
        const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
          input: await scrape(url, "text/plain"),
          encoding: "utf8",
        });
        assert.deepEqual({ status, said: `${stdout}${stderr}` }, { status: 0, said: "" });
      }
    });

    test("agrees with its library for Python on every value, in both formats", async () => {
      for (const url of Object.values(scene.urls)) {
        const text = await scrape(url, "text/plain");
        const own = Object.entries(samplesIn(text, "")).filter(([name]) => /^[a-z]/.test(name));
        const read = readByPython("text", text);
        assert.deepEqual(
          Object.fromEntries([...read].map(([name, sample]) => [name, sample.value])),
          Object.fromEntries(own),
        );
        const other = readByPython(
          "openmetrics",
          await scrape(url, "application/openmetrics-text"),
        );
        for (const [name, { value }] of read) {
          // The process goes on between two scrapes.
          if (/^(process|nodejs)_/.test(name)) continue;
          assert.equal(other.get(name)?.value, value, name);
        }
        const traced = [...other.values()].filter(({ exemplar }) => exemplar !== null);
        assert.ok(traced.length > 0);
        for (const { exemplar } of traced) {
          assert.deepEqual(exemplar, { trace_id: TRACE_ID });
        }
      }
    });
  });
}

function hasNumber(samples: readonly Sample[]): boolean {
  return samples.some(({ value }) => Number.isFinite(value));
}

/** The values of the dashboard's variables, each found with those before it, as Grafana does. */
async function variables({ classic }: Scene): Promise<Values> {
  const values: Record<string, readonly string[]> = {};
  for (const { name, type, query } of dashboard.templating.list) {
    if (type !== "query") continue;
    const [, selector = "", label = ""] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
    values[name] = await classic.labelValues(filledIn(selector, values), label);
  }
  return values;
}

async function scrape(url: string, accept: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { accept } });
  return await response.text();
}
