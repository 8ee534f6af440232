/**
 * Exemplar: one observation, with labels that lead to its trace. OpenMetrics and protobuf have
 * exemplars of counters and of the buckets of histograms.
 * @module
 */

import { checkOptions } from "../../check.ts";
import { isLabelName } from "./name.ts";

/** The options of one observation. */
export interface ObserveOptions {
  /**
   * Labels that lead to the observation's trace, such as `{ trace_id }`. If names and values
   * together are longer than 128 characters, OpenMetrics's limit, it is dropped.
   */
  readonly exemplar?: Readonly<Record<string, string>>;
}

/** An exemplar as it is stored. */
export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  /** The observed value, or the increase of a counter. */
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
}

/**
 * Returns the labels of an observation's exemplar; `undefined` if it has none.
 *
 * @throws TypeError for another option
 */
export function exemplarIn(
  metric: string,
  options: ObserveOptions | undefined,
): ObserveOptions["exemplar"] {
  if (options === undefined) return undefined;
  const { exemplar } = options;
  // Checked only without an exemplar: a caller that gives one has spelt the option right.
  if (exemplar === undefined) checkOptions(`Cannot count in "${metric}"`, options, ["exemplar"]);
  return exemplar;
}

/** In Unicode code points, over all names and values. */
const MAX_LENGTH = 128;

/**
 * Returns the exemplar of an observation; `undefined` if its labels are too long.
 *
 * @throws TypeError for a label that is not valid: it would make the whole exposition invalid
 */
export function makeExemplar(
  labels: Readonly<Record<string, string>>,
  value: number,
  timestampMs: number,
): Exemplar | undefined {
  if (typeof labels !== "object" || labels === null) {
    throw new TypeError(`An exemplar must be an object of labels, but was ${labels}`);
  }
  let length = 0;
  for (const [name, text] of Object.entries(labels)) {
    if (!isLabelName(name) || typeof text !== "string") {
      throw new TypeError(
        `Cannot use ${JSON.stringify(name)} as a label of an exemplar: a label is letters, ` +
          'digits and "_", does not begin with a digit or with "__", and has a string as its value',
      );
    }
    length += codePoints(name) + codePoints(text);
  }
  if (length > MAX_LENGTH) return undefined;
  const wellFormed = Object.entries(labels).map(([name, text]) => [name, text.toWellFormed()]);
  return { labels: Object.fromEntries(wellFormed), value, timestampMs };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
