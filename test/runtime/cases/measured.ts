/** Metrics: the families, their counts, and their formats. */
import { type MetricsRegistry, metrics } from "ekiben";
import { ensure, equal, matches } from "./check.ts";
import { difference, type Samples, scrape, sumOf, textOf } from "./scrape.ts";
import type { Case, Target } from "./target.ts";
import type { Way } from "./ways.ts";

/** Returns a registry with a metric of the service's own. */
export function ownMetrics(): { readonly registry: MetricsRegistry; readonly count: () => void } {
  const registry = metrics();
  const counter = registry.counter("own_total", { help: "Counted by middleware" });
  return { registry, count: () => counter.inc() };
}

/** The families that every place shows after a batch, and their types. */
const FAMILIES: Readonly<Record<string, string>> = {
  bentoml_api_server_request_duration_seconds: "histogram",
  bentoml_api_server_request_in_progress: "gauge",
  bentoml_api_server_request_total: "counter",
  bentoml_runner_adaptive_batch_size: "histogram",
  bentoml_runner_request_duration_seconds: "histogram",
  bentoml_runner_request_in_progress: "gauge",
  bentoml_runner_request_total: "counter",
  ekiben_batch_rows: "histogram",
  ekiben_batch_run_seconds: "histogram",
  ekiben_batches_total: "counter",
  ekiben_isolated_batches_total: "counter",
  ekiben_model_info: "gauge",
  ekiben_model_load_seconds: "histogram",
  ekiben_queue_depth: "gauge",
  ekiben_queue_wait_seconds: "histogram",
  ekiben_workers: "gauge",
  inference_duration_seconds: "histogram",
  own_total: "counter",
  rows_seen_total: "counter",
};

async function familiesOf(target: Target): Promise<ReadonlyMap<string, string>> {
  const lines = (await textOf(target)).split("\n").filter((line) => line.startsWith("# TYPE "));
  return new Map(
    lines.map((line) => {
      const [, , name = "", type = ""] = line.split(" ");
      return [name, type];
    }),
  );
}

async function run(target: Target): Promise<void> {
  const response = await target.fetch("/rows", { method: "POST", body: "[[1, 0]]" });
  equal(await response.json(), [[2, 1]]);
}

export const METRICS: readonly Case[] = [
  {
    name: "the families",
    async run(target) {
      await run(target);
      const found = await familiesOf(target);
      for (const [name, type] of Object.entries(FAMILIES)) equal(found.get(name), type, name);
    },
  },
  {
    name: "one call is one request, one call of a runner, one batch and one row",
    async run(target) {
      const before = await scrape(target);
      await run(target);
      const wanted: Readonly<Record<string, number>> = {
        "bentoml_api_server_request_total{": 1,
        "bentoml_api_server_request_duration_seconds_count{": 1,
        "bentoml_runner_request_total{": 1,
        "bentoml_runner_adaptive_batch_size_sum{": 1,
        "ekiben_batches_total{": 1,
        "ekiben_batch_rows_sum{": 1,
        own_total: 1,
        rows_seen_total: 1,
        "bentoml_api_server_request_in_progress{": 0,
        "ekiben_queue_depth{": 0,
      };
      for (const [prefix, count] of Object.entries(wanted)) {
        equal(await difference(target, before, prefix), count, prefix);
      }
    },
  },
  {
    name: "OpenMetrics, with an exemplar",
    async run(target) {
      const trace = "0af7651916cd43dd8448eb211c80319c";
      const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
      await target.fetch("/upper", { method: "POST", body: "x", headers });
      const text = await textOf(target, "application/openmetrics-text");
      matches(text, new RegExp(`trace_id="${trace}"`));
      ensure(text.endsWith("# EOF\n"), "The end is missing");
    },
  },
  {
    name: "protobuf",
    async run(target) {
      const accept =
        "application/vnd.google.protobuf;encoding=delimited;" +
        "proto=io.prometheus.client.MetricFamily";
      const response = await target.fetch("/metrics", { headers: { accept } });
      matches(response.headers.get("content-type"), /^application\/vnd\.google\.protobuf/);
      const bytes = await response.bytes();
      ensure(bytes.length > 1000, `It has only ${bytes.length} bytes`);
    },
  },
];

/** Returns the case that each way is counted, by its endpoint and its status. */
export function countsOf(ways: readonly Way[]): Case {
  return {
    name: "requests are counted by endpoint and status",
    async run(target) {
      const before = await scrape(target);
      for (const way of ways) {
        for (const command of ["id", "later"]) await way.call(target, command);
      }
      const after = await scrape(target);
      for (const endpoint of new Set(ways.map((way) => way.endpoint))) {
        for (const status of [200, 503]) {
          const label = endpoint.startsWith("/") ? "endpoint" : "api_name";
          const labels = [`${label}="${endpoint}"`, `http_response_code="${status}"`];
          const of = (samples: Samples): number => sumOf(samples, REQUESTS, labels);
          const count = ways.filter((way) => way.endpoint === endpoint).length;
          equal(of(after) - of(before), count, `${endpoint}, ${status}`);
        }
      }
    },
  };
}

const REQUESTS = "bentoml_api_server_request_total{";

/** Metrics of the process: memory, CPU, event loop. */
export const PROCESS: Case = {
  name: "the metrics of the process",
  async run(target) {
    const found = await familiesOf(target);
    for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes"]) {
      ensure(found.has(name), `${name} is missing`);
    }
  },
};
