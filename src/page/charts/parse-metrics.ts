/**
 * parseMetrics(): reads Prometheus's text format 0.0.4, as `/metrics` answers it.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @module
 */

/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of all metrics by their names, such as `x_total`, `y_bucket` and `y_count`. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

const NAME = /^[a-zA-Z_:][\w:]*/;

/** A label and the comma behind it. */
const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|$)/y;

/** @throws SyntaxError for a text in another format, with the line that it begins in */
export function parseMetrics(text: string): Samples {
  const samples = new Map<string, Sample[]>();
  for (const [at, line] of text.split("\n").entries()) {
    if (line.startsWith("#") || line.trim() === "") continue;
    const name = NAME.exec(line)?.[0] ?? "";
    const sample = parseSample(line.slice(name.length).trim());
    if (name === "" || sample === undefined) {
      throw new SyntaxError(`Line ${at + 1} is no sample of a metric: ${line.slice(0, 80)}`);
    }
    const known = samples.get(name);
    if (known === undefined) samples.set(name, [sample]);
    else known.push(sample);
  }
  return samples;
}

/** Reads what stands behind a name: labels in braces, the value, and a time, which is ignored. */
function parseSample(text: string): Sample | undefined {
  const end = text.startsWith("{") ? text.lastIndexOf("}") : -1;
  const [number = "", ...rest] = text
    .slice(end + 1)
    .trim()
    .split(/\s+/);
  const labels = parseLabels(text.slice(1, Math.max(1, end)));
  const value = parseValue(number);
  if (labels === undefined || value === undefined) return undefined;
  const isEnded = rest.length === 0 || (rest.length === 1 && /^-?\d+$/.test(rest[0] ?? ""));
  return isEnded ? { labels, value } : undefined;
}

/** Returns the labels of a list, or undefined for one that is not well formed. */
function parseLabels(list: string): Sample["labels"] | undefined {
  const labels: [string, string][] = [];
  for (let at = 0; at < list.length; at = LABEL.lastIndex) {
    LABEL.lastIndex = at;
    const found = LABEL.exec(list);
    if (found === null) return undefined;
    const [, name = "", value = ""] = found;
    labels.push([name, value.includes("\\") ? unescapeLabel(value) : value]);
  }
  return Object.fromEntries(labels);
}

function unescapeLabel(text: string): string {
  return text.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Returns a number as Go's ParseFloat reads it, or undefined for another text. */
export function parseValue(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinity !== null) return infinity[1] === "-" ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? Number.NaN : undefined;
}
