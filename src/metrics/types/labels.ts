/**
 * Labels: names and values that distinguish the series of one metric.
 * @module
 */

/**
 * The value of a label. A number or boolean is converted by String(). BentoML has Python's `True`
 * and `False`: give a string if a dashboard queries `polarity="True"`.
 */
export type LabelValue = string | number | boolean;

/** A value for each label of a metric: no more, no fewer. */
export type Labels<L extends string> = Readonly<Record<L, LabelValue>>;

/** The value of each label of the series that counts for all those beyond a metric's bound. */
export const OTHER = "other";

/**
 * Reads the values of `labels` in the order of `names`.
 *
 * @param values receives them, so that no array is made at each call
 * @throws TypeError that names the given and the required labels
 */
export function readLabels(
  metric: string,
  names: readonly string[],
  labels: Readonly<Record<string, unknown>>,
  values: string[],
): void {
  let given = 0;
  for (const _ in labels) given += 1;
  if (given !== names.length) throw labelError(metric, names, labels);
  for (let at = 0; at < names.length; at += 1) {
    const value = labels[names[at] ?? ""];
    if (typeof value === "string") values[at] = value;
    else if (typeof value === "number" || typeof value === "boolean") values[at] = String(value);
    else throw labelError(metric, names, labels);
  }
}

function labelError(
  metric: string,
  names: readonly string[],
  labels: Readonly<Record<string, unknown>> | undefined,
): TypeError {
  const given = Object.keys(labels ?? {});
  const wanted = `it has the labels ${listed(names)}`;
  const wrong = names.find((name) => given.includes(name) && !isLabelValue(labels?.[name]));
  if (given.length === names.length && wrong !== undefined) {
    return new TypeError(
      `Cannot set label "${wrong}" of metric "${metric}" to ${describe(labels?.[wrong])}: ` +
        "it must be a string, number or boolean",
    );
  }
  return new TypeError(`Cannot use metric "${metric}" with the labels ${listed(given)}: ${wanted}`);
}

function isLabelValue(value: unknown): value is LabelValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function describe(value: unknown): string {
  return value === null ? "null" : `a value of type ${typeof value}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "(none)" : names.map((name) => `"${name}"`).join(", ");
}
