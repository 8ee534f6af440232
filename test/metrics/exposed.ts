/** The exposition of a registry, read as a scraper reads it. */
import assert from "node:assert/strict";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { sizeDelimitedDecodeStream } from "@bufbuild/protobuf/wire";
import { MetricFamilySchema } from "../../src/gen/io/prometheus/client/metrics_pb.ts";
import type { MetricsOptions, MetricsRegistry } from "../../src/metrics/registry.ts";
import { metrics } from "../../src/metrics/registry.ts";

/** Creates a registry without the metrics of the process. */
export function quiet(options: MetricsOptions = {}): MetricsRegistry {
  return metrics({ processMetrics: false, ...options });
}

/** Reads the whole body of an exposition. */
export async function bodyOf(registry: MetricsRegistry, accept: string): Promise<Uint8Array> {
  const { body } = await registry.expose(accept);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

/** Reads an exposition as text. Default: in the text format. */
export async function textOf(registry: MetricsRegistry, accept = "text/plain"): Promise<string> {
  return new TextDecoder().decode(await bodyOf(registry, accept));
}

/** Reads the metrics of an exposition in protobuf, as protobuf's JSON. */
export async function familiesOf(registry: MetricsRegistry): Promise<readonly JsonValue[]> {
  const body = await bodyOf(registry, "application/vnd.google.protobuf");
  const families: JsonValue[] = [];
  const decoded = sizeDelimitedDecodeStream(MetricFamilySchema, once(body));
  for await (const family of decoded) families.push(toJson(MetricFamilySchema, family));
  return families;
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

/** Reads the lines of a metric's samples. */
export async function linesOf(registry: MetricsRegistry, name = ""): Promise<readonly string[]> {
  const lines = (await textOf(registry)).split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#") && line.startsWith(name));
}

/** Returns the values of samples by their names and sorted labels: `x{a="1",b="2"}`. */
export function samplesIn(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    assert.ok(found, `not a sample: ${line}`);
    const [, name, labels = "", value = ""] = found;
    const sorted = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
      .map(([, label = "", given = ""]) => `${label}="${label === "le" ? bound(given) : given}"`)
      .sort();
    const key = sorted.length === 0 ? `${name}` : `${name}{${sorted.join()}}`;
    assert.ok(!samples.has(key), `twice: ${line}`);
    samples.set(key, value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value));
  }
  return samples;
}

/** Returns the canonical form of a bound: `1.0` and `1` are the same. */
function bound(text: string): string {
  return text === "+Inf" ? text : String(Number(text));
}

/** Creates a clock that moves only by `advance()`. */
export function fakeTime(startMs = 1_700_000_000_000) {
  const time = { ms: 0 };
  return {
    now: () => time.ms,
    dateNow: () => startMs + time.ms,
    advance: (ms: number) => {
      time.ms += ms;
    },
  };
}
