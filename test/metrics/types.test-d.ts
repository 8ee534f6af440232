/**
 * Wrong programs: the type check fails if the line after an `@ts-expect-error` compiles.
 */
import { type Counter, type LabelledHistogram, type Metrics, metrics } from "ekiben";
import { Registry } from "prom-client";

const registry = metrics();
const help = "x";

// Right programs, with the types of their results.
export const plain: Counter = registry.counter("plain", { help });
plain.inc();
plain.inc(2, { exemplar: { trace_id: "x" } });
const digits = registry.counter("digits", { help, labels: ["digit"] });
digits.inc({ digit: "3" });
digits.inc({ digit: 3 }, 2);
digits.labels({ digit: true }).inc();
export const duration: LabelledHistogram<"backend" | "worker"> = registry.histogram("duration", {
  help,
  labels: ["backend", "worker"],
});
export const seconds: number = duration.startTimer({ backend: "wasm", worker: 1 })();
using _ = duration.time({ backend: "wasm", worker: 1 });
const gauge = registry.gauge("gauge", { help, aggregate: "livesum" });
gauge.setFunction(() => 1);
const counted: (text: string) => Promise<number> = digits.countExceptions(
  { digit: "3" },
  async (text: string) => text.length,
);
void counted;
metrics({ include: [new Registry()], processMetrics: true, maxSeries: 10 });
export const define = (from: Metrics): Counter => from.counter("defined", { help });
digits.remove({ digit: "3" });
export const total: number = digits.value({ digit: "3" }) + plain.value();
export const seen: { readonly count: number; readonly sum: number } = duration.value({
  backend: "wasm",
  worker: 1,
});
export const sample: number | undefined = registry.value("digits_total", { digit: 3 });
/** Labels that are known at run time only. */
export const dynamic = (labels: readonly string[]) => registry.counter("dynamic", { help, labels });
dynamic(["a"]).inc({ a: "1" });

// @ts-expect-error: no help
registry.counter("x", {});
// @ts-expect-error: there is no such aggregate
registry.gauge("x", { help, aggregate: "average" });
// @ts-expect-error: a counter has no buckets
registry.counter("x", { help, buckets: [1] });

// @ts-expect-error: the label is missing
digits.inc();
// @ts-expect-error: the label is missing
digits.inc(2);
// @ts-expect-error: the label is missing
digits.inc({});
// @ts-expect-error: the label is misspelt
digits.inc({ digt: "3" });
// @ts-expect-error: one label too many
digits.inc({ digit: "3", backend: "wasm" });
// @ts-expect-error: not the value of a label
digits.inc({ digit: undefined });
// @ts-expect-error: not the value of a label
digits.inc({ digit: ["3"] });
// @ts-expect-error: one of two labels
duration.observe({ backend: "wasm" }, 1);
// @ts-expect-error: the value is missing
duration.observe({ backend: "wasm", worker: 1 });
// @ts-expect-error: the value comes after the labels
duration.observe(1, { backend: "wasm", worker: 1 });
// @ts-expect-error: it has no labels
plain.inc({ digit: "3" });
// @ts-expect-error: it has no labels
plain.labels({});
// @ts-expect-error: it has no labels, and so one series only
plain.remove();
// @ts-expect-error: the label is missing
digits.value();
// @ts-expect-error: the label is misspelt
digits.remove({ digt: "3" });
// @ts-expect-error: a counter cannot be set
plain.set(1);
// @ts-expect-error: a counter cannot be decreased
digits.labels({ digit: "3" }).dec();
// @ts-expect-error: exemplars are texts
plain.inc(1, { exemplar: { trace_id: 1 } });
// @ts-expect-error: not a registry
metrics({ include: [{}] });
// @ts-expect-error: the arguments of a counted function stay what they were
counted(1);
