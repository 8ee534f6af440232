/**
 * Prometheus's protobuf format: the only one of the three with native histograms.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#protobuf-format
 * @module
 */

import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { lengthOf } from "../../bytes.ts";
import {
  type ExemplarSchema,
  type HistogramSchema,
  MetricFamilySchema,
  type MetricSchema,
  MetricType,
} from "../../gen/io/prometheus/client/metrics_pb.ts";
import { type BucketCounts, ZERO_THRESHOLD } from "../native/native-buckets.ts";
import type { Exemplar } from "../types/exemplar.ts";
import type { MetricType as Type } from "../types/name.ts";
import type { Format } from "./format.ts";
import type { FamilySnapshot, HistogramPoint, SeriesLabels, SummaryPoint } from "./snapshot.ts";

type MetricInit = MessageInitShape<typeof MetricSchema>;
type HistogramInit = MessageInitShape<typeof HistogramSchema>;
type ExemplarInit = MessageInitShape<typeof ExemplarSchema>;

/** The protobuf format. */
export const protobuf: Format = {
  contentType:
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
  family,
  end: "",
};

const TYPES: Readonly<Record<Type, MetricType>> = {
  counter: MetricType.COUNTER,
  gauge: MetricType.GAUGE,
  histogram: MetricType.HISTOGRAM,
  summary: MetricType.SUMMARY,
};

const NOTHING = new Uint8Array();

/**
 * Yields the length of a family's message, and then the message. The length is known only when the
 * last series is encoded. So each series is encoded alone, as a family with only that series:
 * concatenated messages are one message with the fields of all.
 */
function* family(family: FamilySnapshot): Iterable<Uint8Array> {
  const { name, help, unit, type } = family;
  const head = { name, help, type: TYPES[type], ...(unit === undefined ? {} : { unit }) };
  const parts = [toBinary(MetricFamilySchema, create(MetricFamilySchema, head))];
  for (const metric of metricMessages(family)) {
    parts.push(toBinary(MetricFamilySchema, create(MetricFamilySchema, { metric: [metric] })));
    yield NOTHING;
  }
  const length = lengthOf(parts);
  yield new BinaryWriter().uint32(length).finish();
  yield* parts;
}

function* metricMessages(family: FamilySnapshot): Iterable<MetricInit> {
  switch (family.type) {
    case "counter":
      for (const point of family.points) {
        const { value } = point;
        const counter = { value, ...created(point), ...exemplarOf(point.exemplar) };
        yield { label: labels(point), counter };
      }
      break;
    case "gauge":
      for (const point of family.points) {
        yield { label: labels(point), gauge: { value: point.value } };
      }
      break;
    case "histogram":
      for (const point of family.points)
        yield { label: labels(point), histogram: histogram(point) };
      break;
    case "summary":
      for (const point of family.points) yield { label: labels(point), summary: summary(point) };
      break;
  }
}

function labels({ names, values }: SeriesLabels): { name: string; value: string }[] {
  return names
    .map((name, at) => ({ name, value: values[at] ?? "" }))
    .filter(({ value }) => value !== "");
}

function created({ createdMs }: { readonly createdMs?: number }) {
  return createdMs === undefined ? {} : { createdTimestamp: timestampFromMs(createdMs) };
}

function exemplarOf(exemplar: Exemplar | undefined): { exemplar?: ExemplarInit } {
  if (exemplar === undefined) return {};
  const { labels: pairs, value, timestampMs } = exemplar;
  const label = Object.entries(pairs).map(([name, text]) => ({ name, value: text }));
  return { exemplar: { label, value, timestamp: timestampFromMs(timestampMs) } };
}

function summary(point: SummaryPoint) {
  return {
    sampleCount: BigInt(point.count),
    sampleSum: point.sum,
    quantile: (point.quantiles ?? []).map(([quantile, value]) => ({ quantile, value })),
    ...created(point),
  };
}

function histogram(point: HistogramPoint): HistogramInit {
  const { cumulative, bounds, sum, exemplars } = point;
  return {
    sampleCount: BigInt(cumulative.at(-1) ?? 0),
    sampleSum: sum,
    bucket: cumulative.map((count, at) => ({
      cumulativeCount: BigInt(count),
      upperBound: bounds[at] ?? Number.POSITIVE_INFINITY,
      ...exemplarOf(exemplars?.[at]),
    })),
    ...created(point),
    ...nativeFields(point),
  };
}

function nativeFields({ native }: HistogramPoint): HistogramInit {
  if (native === undefined) return {};
  const positive = spans(native.positive);
  const negative = spans(native.negative);
  return {
    schema: native.schema,
    zeroThreshold: ZERO_THRESHOLD,
    zeroCount: BigInt(native.zeroCount),
    positiveSpan: positive.spans,
    positiveDelta: positive.deltas,
    negativeSpan: negative.spans,
    negativeDelta: negative.deltas,
  };
}

/** The most empty buckets in a gap that are written as buckets: a new span takes more bytes. */
const MAX_GAP = 2;

/** Returns the runs of buckets, and the differences between the counts of neighbours. */
function spans(buckets: BucketCounts) {
  const spans: { offset: number; length: number }[] = [];
  const deltas: bigint[] = [];
  let before = 0;
  let next = 0;
  const push = (span: { length: number }, count: number): void => {
    span.length += 1;
    deltas.push(BigInt(count - before));
    before = count;
  };
  for (const [index, count] of buckets) {
    const gap = index - next;
    let span = spans.at(-1);
    if (span === undefined || gap > MAX_GAP) {
      span = { offset: gap, length: 0 };
      spans.push(span);
    } else {
      for (let empty = 0; empty < gap; empty += 1) push(span, 0);
    }
    push(span, count);
    next = index + 1;
  }
  return { spans, deltas };
}
