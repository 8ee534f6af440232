/**
 * Names of metrics and labels: composes them, and checks that Prometheus accepts them.
 * @module
 */

/** The types of metrics. */
export type MetricType = "counter" | "gauge" | "histogram" | "summary";

/** The parts of a metric's name, each joined by "_": `namespace_subsystem_name_unit`. */
export interface NameParts {
  readonly namespace?: string;
  readonly subsystem?: string;
  /** The unit of the value, such as `seconds` or `bytes`: the last part of the name. */
  readonly unit?: string;
}

// https://prometheus.io/docs/concepts/data_model/: colons belong to recording rules, yet are valid.
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const NAME_PART = /^[a-zA-Z0-9_:]+$/;

/** The labels that Prometheus itself adds to the samples of a type. */
const RESERVED: Readonly<Partial<Record<MetricType, string>>> = {
  histogram: "le",
  summary: "quantile",
};

/**
 * Returns the full name of a metric, by the rules of Python's client: a unit at the end of the name
 * is not repeated, and a counter ends in `_total`, after its unit.
 *
 * @throws TypeError for a name that is not valid
 */
export function fullName(type: MetricType, name: string, parts: NameParts): string {
  const { namespace, subsystem, unit } = parts;
  for (const [option, part] of Object.entries({ namespace, subsystem, unit })) {
    if (part === undefined || NAME_PART.test(part)) continue;
    throw new TypeError(
      `Cannot name the metric ${JSON.stringify(name)} with ${option} ${JSON.stringify(part)}: ` +
        'it must be letters, digits, "_" and ":"',
    );
  }
  if (typeof name !== "string" || name === "") throw nameError(name);
  let full = [namespace, subsystem, name].filter((part) => part !== undefined).join("_");
  if (type === "counter") full = familyName(full);
  if (unit !== undefined && !full.endsWith(`_${unit}`)) full += `_${unit}`;
  if (!METRIC_NAME.test(full)) throw nameError(full);
  return type === "counter" ? `${full}_total` : full;
}

function nameError(name: unknown): TypeError {
  return new TypeError(
    `Cannot name a metric ${JSON.stringify(name)}: a name is letters, digits, "_" and ":", ` +
      "and does not begin with a digit",
  );
}

/** Returns a counter's name without `_total`: the name of its family in OpenMetrics. */
export function familyName(name: string): string {
  return name.replace(/_total$/, "");
}

/**
 * Checks the labels of a metric.
 *
 * @throws TypeError for a name that is not valid, is reserved, or is repeated
 */
export function checkLabelNames(
  metric: string,
  type: MetricType,
  labels: readonly string[],
): readonly string[] {
  const fail = (label: unknown, why: string): never => {
    throw new TypeError(
      `Cannot give metric "${metric}" the label ${JSON.stringify(label)}: ${why}`,
    );
  };
  if (!Array.isArray(labels)) return fail(labels, "the labels must be an array of names");
  for (const [at, label] of labels.entries()) {
    if (!isLabelName(label)) {
      fail(
        label,
        'a label is letters, digits and "_", and does not begin with a digit or with "__"',
      );
    }
    if (label === RESERVED[type]) fail(label, `every ${type} has a label of that name`);
    if (labels.indexOf(label) !== at) fail(label, "it occurs twice");
  }
  return [...labels];
}

/** Returns true for a label that a user may choose. Those that begin with "__" are reserved. */
export function isLabelName(name: unknown): boolean {
  return typeof name === "string" && LABEL_NAME.test(name) && !name.startsWith("__");
}

/**
 * Returns every name that belongs to a metric: that of its family in OpenMetrics, and those of its
 * samples, including `_created`, which a later exposition could add. Two metrics must not share a
 * name (https://prometheus.io/docs/specs/om/open_metrics_spec/#suffixes).
 */
export function takenNames(type: MetricType, name: string): readonly string[] {
  const family = type === "counter" ? familyName(name) : name;
  const suffixes: Readonly<Record<MetricType, readonly string[]>> = {
    counter: ["", "_total", "_created"],
    gauge: [""],
    histogram: ["", "_bucket", "_count", "_sum", "_created"],
    summary: ["", "_count", "_sum", "_created"],
  };
  return suffixes[type].map((suffix) => family + suffix);
}
