/**
 * The cost of metrics, against prom-client's: `bun test/bench/metrics.ts`, likewise with
 * `deno run -A --unstable-no-legacy-abort` and `node`.
 *
 * First, nanoseconds per call: the best of some rounds, and the ratio to prom-client's best. Then
 * a scrape of 10,000 series: its duration, and the longest time for which it blocks the thread.
 *
 * Argument: calls a round (1,000,000).
 */
import process from "node:process";
import prom from "prom-client";
import { metrics } from "../../src/metrics/registry.ts";
import { workerMetrics } from "../../src/metrics/worker/worker-metrics.ts";

const calls = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 9;
const help = "x";
const names = ["endpoint", "service_name", "http_response_code"] as const;
const values = { endpoint: "/predict", service_name: "mnist", http_response_code: "200" };

const ours = metrics({ processMetrics: false });
const worker = workerMetrics();
const registers = [new prom.Registry()];
const labelNames = [...names];
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Durations from 1 ms to 16 s, in no order. */
const durations = Array.from({ length: 1024 }, (_, at) => 2 ** (((at * 389) % 1024) / 73 - 10));

type Call = (at: number) => void;

interface Case {
  readonly name: string;
  readonly ours: Call;
  readonly theirs?: Call;
}

const duration = (at: number): number => durations[at & 1023] ?? 0;

function counterCases(): readonly Case[] {
  const plain = ours.counter("plain", { help });
  const labelled = ours.counter("labelled", { help, labels: names });
  const child = labelled.labels(values);
  const inWorker = worker.counter("labelled", { help, labels: names }).labels(values);
  const promPlain = new prom.Counter({ name: "plain", help, registers });
  const promLabelled = new prom.Counter({ name: "labelled", help, labelNames, registers });
  const promChild = promLabelled.labels(values);
  return [
    { name: "counter.inc()", ours: () => plain.inc(), theirs: () => promPlain.inc() },
    { name: "  child.inc()", ours: () => child.inc(), theirs: () => promChild.inc() },
    { name: "  child.inc() in a worker", ours: () => inWorker.inc() },
    {
      name: "  counter.inc({ 3 labels })",
      ours: () => labelled.inc(values),
      theirs: () => promLabelled.inc(values),
    },
  ];
}

function histogramCases(): readonly Case[] {
  const plain = ours.histogram("h_plain", { help });
  const labelled = ours.histogram("h_labelled", { help, labels: names });
  const child = labelled.labels(values);
  const native = ours.histogram("h_native", { help, native: true });
  const promPlain = new prom.Histogram({ name: "h_plain", help, registers, buckets });
  const promLabelled = new prom.Histogram({ name: "h", help, labelNames, registers, buckets });
  const promChild = promLabelled.labels(values);
  return [
    {
      name: "histogram.observe(x)",
      ours: (at) => plain.observe(duration(at)),
      theirs: (at) => promPlain.observe(duration(at)),
    },
    {
      name: "  child.observe(x)",
      ours: (at) => child.observe(duration(at)),
      theirs: (at) => promChild.observe(duration(at)),
    },
    {
      name: "  histogram.observe({ 3 labels }, x)",
      ours: (at) => labelled.observe(values, duration(at)),
      theirs: (at) => promLabelled.observe(values, duration(at)),
    },
    { name: "  observe(x), native too", ours: (at) => native.observe(duration(at)) },
  ];
}

function nsPerCall(call: Call): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    for (let at = 0; at < calls; at += 1) call(at);
    best = Math.min(best, ((performance.now() - startedAt) * 1e6) / calls);
  }
  return best;
}

for (const { name, ours, theirs } of [...counterCases(), ...histogramCases()]) {
  const mine = nsPerCall(ours);
  const other = theirs === undefined ? undefined : nsPerCall(theirs);
  const against =
    other === undefined
      ? ""
      : `, prom-client ${other.toFixed(1)} ns, ${(other / mine).toFixed(1)} times as much`;
  console.log(`${name.padEnd(36)} ${mine.toFixed(1).padStart(6)} ns${against}`);
}

/** 10,000 series: 5,000 of counters, and 5,000 of 294 histograms of 17 each. */
const large = metrics({ processMetrics: false, maxSeries: 5000 });
const counted = large.counter("counted", { help, labels: ["path", "code"] });
for (let at = 0; at < 5000; at += 1) counted.inc({ path: `/p/${at}`, code: 200 }, at);
const timed = large.histogram("timed", { help, labels: ["path"], native: true });
for (let at = 0; at < 294; at += 1) {
  for (const seconds of durations) timed.observe({ path: `/p/${at}` }, seconds);
}

// As a server does before it takes calls.
await large.open();

/** Makes one scrape, and returns its time and the longest delay of a timer during it. */
async function scrape(accept: string): Promise<string> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const startedAt = performance.now();
  const { contentType, body } = await large.expose(accept);
  let bytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length;
  const took = performance.now() - startedAt;
  longest = Math.max(longest, performance.now() - last);
  clearInterval(timer);
  const [type = ""] = contentType.split(";");
  return `${type}: ${took.toFixed(0)} ms, ${bytes} bytes, held up for ${longest.toFixed(1)} ms`;
}

for (const accept of [
  "text/plain",
  "application/openmetrics-text",
  "application/vnd.google.protobuf",
]) {
  const scrapes = [await scrape(accept), await scrape(accept), await scrape(accept)];
  for (const [at, line] of scrapes.entries()) console.log(`scrape ${at + 1}, ${line}`);
}
