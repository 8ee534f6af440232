/** Metrics: the families, their counts, and their formats. */
import { type MetricsRegistry, metrics } from "ekiben";
import { ensure, equal, matches } from "./check.ts";
import { growthSince, scrape, textOf } from "./scrape.ts";
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
      const grown = await growthSince(before, target);
      for (const [prefix, count] of Object.entries(wanted)) equal(grown(prefix), count, prefix);
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

/** Returns the case that each way is counted, by its endpoint and status, with its trace. */
export function countsOf(ways: readonly Way[]): Case {
  const traceOf = (status: number, at: number): string => `${status}${at}`.padEnd(32, "a");
  return {
    name: `requests are counted: ${ways.map(({ name }) => name).join("; ")}`,
    async run(target) {
      const before = await scrape(target);
      for (const [at, way] of ways.entries()) {
        for (const status of STATUSES) {
          const headers = { traceparent: `00-${traceOf(status, at)}-00f067aa0ba902b7-01` };
          await way.call(target, status === 200 ? "id" : "later", { headers });
        }
      }
      const grown = await growthSince(before, target);
      const samples = (await textOf(target, "application/openmetrics-text")).split("\n");
      for (const [at, { endpoint }] of ways.entries()) {
        for (const status of STATUSES) {
          const label = endpoint.startsWith("/") ? "endpoint" : "api_name";
          const labels = [`${label}="${endpoint}"`, `http_response_code="${status}"`];
          equal(grown(REQUESTS, labels), 1, `${endpoint}, ${status}`);
          const traced = samples.some((line) =>
            [...labels, traceOf(status, at)].every((each) => line.includes(each)),
          );
          ensure(traced, `No sample of ${endpoint}, ${status} has its trace`);
        }
      }
    },
  };
}

const STATUSES = [200, 503] as const;
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
