/**
 * The costs of the methods of a scenario: `{"linear": {"a": 1, "b": 5}}`.
 * @module
 */

import { type Section, subsection } from "../../config/mapping.ts";
import { numberFrom } from "../../config/value.ts";
import { type Cost, convex, flat, linear, measured, padded, steps } from "../../simulator/cost.ts";
import { checkedTable } from "./flags.ts";

/** The kinds of curves, each with its numbers and the least of each. */
const CURVES = {
  linear: { numbers: { a: 0, b: 0 }, cost: linear },
  flat: { numbers: { b: 0 }, cost: flat },
  convex: { numbers: { a: 0, b: 0, from: 1, growth: 0 }, cost: convex },
  steps: { numbers: { a: 0, b: 0, multiple: 1 }, cost: steps },
  padded: { numbers: { a: 0, b: 0, c: 0 }, cost: padded },
} as const;

/** The names of the kinds. */
export const COST_KINDS: readonly string[] = [...Object.keys(CURVES), "table"];

type Kind = keyof typeof CURVES;

/**
 * Returns the cost of a section that has one kind.
 *
 * @throws Error for none or several kinds, and for a number that is missing or too small
 */
export function scenarioCost(own: Section): Cost {
  const [kind, ...others] = Object.keys(own.values);
  if (kind === undefined || others.length > 0) {
    throw new Error(`"${own.path}" must have one of ${COST_KINDS.join(", ")}`);
  }
  if (kind === "table") return measured(checkedTable(own.values[kind], `"${own.path}.table"`));
  const { numbers, cost } = CURVES[kind as Kind];
  const given = subsection(own, kind, { known: Object.keys(numbers) });
  const values = Object.entries(numbers).map(([name, least]) => {
    const value = numberFrom(given, name, least);
    if (value !== undefined) return [name, value] as const;
    throw new Error(`"${given.path}.${name}" is missing: a number from ${least} up`);
  });
  // Each curve gets the numbers that its entry names.
  return (cost as (numbers: Readonly<Record<string, number>>) => Cost)(Object.fromEntries(values));
}
