/**
 * PANELS: the charts of the page, and how their values are read from the metrics.
 * @module
 */

import { isCall, isKnownCall, nameOfCall } from "./calls.ts";
import type { Unit } from "./format.ts";
import type { Growth } from "./growth.ts";
import type { Sample } from "./parse-metrics.ts";
import { type Quantile, quantileOf } from "./quantile.ts";

/** The values of the series of a chart at one moment, by their names. */
export type Reading = ReadonlyMap<string, Quantile>;

/** A chart. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  /** A sentence that says what is shown. */
  readonly about: string;
  /** True to fill the areas below the lines. */
  readonly filled?: boolean;
  /** The numbers of the colours of some series, for those whose colours mean something. */
  readonly colours?: Readonly<Record<string, number>>;
  /** Returns the values of an interval; none for series without a value in it. */
  read(growth: Growth): Reading;
  /** Returns a sentence of totals since the start of the server. */
  note?(growth: Growth): string;
}

/** The names of the classes of statuses, by their first digits. */
const CLASSES = {
  "1": "informed (1xx)",
  "2": "succeeded (2xx)",
  "3": "redirected (3xx)",
  "4": "refused (4xx)",
  "5": "failed (5xx)",
} as const;

const WAIT = "ekiben_queue_wait_seconds";

export const PANELS: readonly Panel[] = [
  {
    id: "requests",
    title: "Requests by API",
    unit: "perSecond",
    about: "Requests a second, without probes and this page's own.",
    read: (growth) => rates(growth, requestsOf(growth), nameOfCall),
  },
  {
    id: "statuses",
    title: "Requests by status",
    unit: "perSecond",
    about: "Requests a second by the class of their HTTP status, over gRPC too.",
    colours: { [CLASSES["2"]]: 3, [CLASSES["4"]]: 2, [CLASSES["5"]]: 8 },
    read: (growth) => rates(growth, requestsOf(growth), classOf),
  },
  {
    id: "latency",
    title: "Latency",
    unit: "seconds",
    about:
      "Half of the requests (p50), 90 % and 99 % of them took at most so long; and their mean.",
    read: latencyOf,
  },
  {
    id: "rows",
    title: "Rows in a batch",
    unit: "count",
    about: "The mean of the batches that were run, by runner and method.",
    read: (growth) => means(growth, "ekiben_batch_rows", nameOfMethod),
  },
  {
    id: "reasons",
    title: "Batches by why they closed",
    unit: "perSecond",
    about: "Batches a second. Full: no row fits. Idle: a worker was free. Window: waited enough.",
    read: (growth) => rates(growth, growth.of("ekiben_batches_total"), ({ reason = "" }) => reason),
  },
  {
    id: "queue",
    title: "Queue",
    unit: "count",
    filled: true,
    about: "Rows that wait for a worker, by runner and method.",
    read: (growth) => sums(growth.now("ekiben_queue_depth"), nameOfMethod),
    note: (growth) => totals(growth, "ekiben_shed_total", "Refused since the start"),
  },
  {
    id: "wait",
    title: "Wait in the queue",
    unit: "seconds",
    about: "Half of the calls (p50), and 99 % of them, waited at most so long for a worker.",
    read: (growth) => quantiles((ending) => growth.of(`${WAIT}_${ending}`), [0.5, 0.99]),
  },
  {
    id: "workers",
    title: "Workers",
    unit: "count",
    filled: true,
    about: "Workers that run batches (busy, on average), and those that wait for some (idle).",
    read: workersOf,
    note: (growth) => totals(growth, "ekiben_worker_restarts_total", "Restarted since the start"),
  },
];

type NameOf = (labels: Sample["labels"]) => string;

/** Returns sums of samples by a name that their labels give them. */
function sums(samples: readonly Sample[], nameOf: NameOf, factor = 1): Reading {
  const all = new Map<string, Quantile>();
  for (const { labels, value } of samples) {
    const name = nameOf(labels);
    all.set(name, { value: (all.get(name)?.value ?? 0) + value * factor });
  }
  return all;
}

function rates({ seconds }: Growth, grown: readonly Sample[], nameOf: NameOf): Reading {
  return sums(grown, nameOf, 1 / seconds);
}

function means(growth: Growth, histogram: string, nameOf: NameOf): Reading {
  const totals = sums(growth.of(`${histogram}_sum`), nameOf);
  const all = new Map<string, Quantile>();
  for (const [name, { value: count }] of sums(growth.of(`${histogram}_count`), nameOf)) {
    if (count > 0) all.set(name, { value: (totals.get(name)?.value ?? 0) / count });
  }
  return all;
}

/** Returns the samples of a histogram whose names end in `bucket`, `sum` or `count`. */
type PartOf = (ending: string) => readonly Sample[];

/** Returns the mean of a histogram; undefined if it has no observations. */
function meanOf(partOf: PartOf): number | undefined {
  const total = (ending: string): number =>
    partOf(ending).reduce((sum, { value }) => sum + value, 0);
  const count = total("count");
  return count > 0 ? total("sum") / count : undefined;
}

function quantiles(partOf: PartOf, each: readonly number[]): Reading {
  const all = new Map<string, Quantile>();
  const mean = meanOf(partOf);
  for (const quantile of each) {
    const found = quantileOf(partOf("bucket"), quantile, mean);
    if (found !== undefined) all.set(`p${quantile * 100}`, found);
  }
  return all;
}

/** Returns a metric of requests, which is found by its labels: its prefix can be configured. */
function ofRequests(growth: Growth, ending: string): readonly Sample[] {
  return growth.of(growth.find(ending, "http_response_code", "runner_name"));
}

function requestsOf(growth: Growth): readonly Sample[] {
  return ofRequests(growth, "_request_total").filter(({ labels }) => isCall(labels));
}

/** Returns the quantiles, and the mean: it is exact where a quantile is in the first bucket. */
function latencyOf(growth: Growth): Reading {
  const partOf: PartOf = (ending) =>
    ofRequests(growth, `_request_duration_seconds_${ending}`).filter(({ labels }) =>
      isKnownCall(labels),
    );
  const mean = meanOf(partOf);
  const all = new Map(quantiles(partOf, [0.5, 0.9, 0.99]));
  if (mean !== undefined) all.set("mean", { value: mean });
  return all;
}

function classOf({ http_response_code: code = "" }: Sample["labels"]): string {
  const names: Readonly<Record<string, string>> = CLASSES;
  return names[code[0] ?? ""] ?? `status ${code}`;
}

function nameOfMethod({ runner_name = "", method_name = "" }: Sample["labels"]): string {
  return `${runner_name}.${method_name}`;
}

/** Returns the busy and the idle workers, of each runner where there are several. */
function workersOf(growth: Growth): Reading {
  const samples = growth.now("ekiben_workers");
  const ofRunner: NameOf = ({ runner_name = "" }) => runner_name;
  const inState = (state: string): Reading =>
    sums(
      samples.filter(({ labels }) => labels["state"] === state),
      ofRunner,
    );
  const now = inState("busy");
  // At the moment of a scrape, a worker that is half busy is either; so their batches are added up.
  const means = rates(growth, growth.of("ekiben_batch_run_seconds_sum"), ofRunner);
  const all = new Map<string, Quantile>();
  const ready = inState("ready");
  for (const [runner, { value: count }] of ready) {
    const mean = means.get(runner)?.value ?? 0;
    const busy = Math.min(count, mean > 0 ? mean : (now.get(runner)?.value ?? 0));
    const prefix = ready.size > 1 ? `${runner}: ` : "";
    all.set(`${prefix}busy`, { value: busy });
    all.set(`${prefix}idle`, { value: count - busy });
  }
  return all;
}

/** Returns a sentence such as `Refused since the start: 3 (deadline), 1 (queue_full).` */
function totals(growth: Growth, counter: string, what: string): string {
  const counted = sums(growth.now(counter), ({ reason = "" }) => reason);
  const parts = [...counted]
    .filter(([, { value }]) => value > 0)
    .map(([reason, { value }]) => (reason === "" ? `${value}` : `${value} (${reason})`));
  return `${what}: ${parts.length === 0 ? "none" : parts.join(", ")}.`;
}
