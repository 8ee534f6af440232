/**
 * rowSettings(): the weights and the padding of a batched method, as its runnable declares them.
 * @module
 */

import { messageOf } from "../../error.ts";
import { formatShape, type TensorSpec } from "../../tensor.ts";
import type { MethodSpecs, TensorSpecs } from "../../worker/method-specs.ts";
import type { Runnable } from "../../worker/runnable.ts";
import type { BatchSettings } from "../batching/batch-options.ts";
import { type OpenAxis, Padding } from "./padding.ts";
import { axisOf, type RowAxis } from "./rows.ts";
import { checkedWeight } from "./weights.ts";

/** The method whose settings are made. */
export interface RowSettingsOf {
  readonly runner: string;
  readonly method: string;
  readonly runnable: Pick<Runnable, "rows">;
  /** The axes of its rows. */
  readonly axes: Pick<BatchSettings, "axisIn" | "axisOut">;
  readonly specs?: MethodSpecs | undefined;
}

/**
 * Returns the settings of a batched method that weigh and pad its rows.
 *
 * @throws TypeError for padding along the axis of the rows, of a tensor that carries no rows, or
 *   that does not fit the specifications of the tensors
 */
export function rowSettings(given: RowSettingsOf): Pick<BatchSettings, "weightOf" | "padding"> {
  const { runner, method, runnable, axes, specs } = given;
  const { weight, pad, unpad } = runnable.rows;
  const weigh = weight?.[method];
  const declared = pad?.[method];
  const where = `"${method}" of runner "${runner}"`;
  const padding = declared && new Padding(where, { pad: declared, unpad: unpad?.[method] });
  if (padding !== undefined) {
    const input = [...padding.input].map(([name, each]) => [name, each.axes] as const);
    checkAxes(`"pad" of ${where}`, input, axes.axisIn);
    checkAxes(`"unpad" of ${where}`, padding.output, axes.axisOut);
    checkSpecs(`"pad" of ${where}`, input, specs?.input, padding);
    checkSpecs(`"unpad" of ${where}`, padding.output, specs?.output);
  }
  return {
    ...(weigh && { weightOf: checkedWeight(runner, method, weigh) }),
    ...(padding && { padding }),
  };
}

function checkAxes(
  where: string,
  tensors: Iterable<readonly [string, readonly OpenAxis[]]>,
  rowAxis: RowAxis,
): void {
  for (const [name, open] of tensors) {
    const own = name === "" ? (axisOf(rowAxis, "") ?? 0) : axisOf(rowAxis, name);
    if (own === undefined) {
      throw new TypeError(
        `${where} names "${name}", which carries no rows: calls in which it differs are not joined`,
      );
    }
    if (!open.some(({ axis }) => axis === own)) continue;
    const tensor = name === "" ? "" : ` of "${name}"`;
    throw new TypeError(`${where} names axis ${own}${tensor}, which is the axis of the rows`);
  }
}

/** Checks the declared axes and, of an argument, the declared values against known tensors. */
function checkSpecs(
  where: string,
  tensors: Iterable<readonly [string, readonly OpenAxis[]]>,
  specs: TensorSpecs | undefined,
  padding?: Padding,
): void {
  if (specs === undefined) return;
  const known: ReadonlyMap<string, TensorSpec> = isList(specs)
    ? new Map(specs.map((spec) => [spec.name, spec]))
    : new Map([["", specs]]);
  for (const [name, open] of tensors) {
    const spec = known.get(name);
    if (spec === undefined) {
      const has = isList(specs) ? `"${[...known.keys()].join('", "')}"` : "a tensor";
      const named = name === "" ? "a tensor" : `"${name}"`;
      throw new TypeError(`${where} names ${named}, but "specs" names ${has}`);
    }
    const { shape, dtype } = spec;
    const wrong = shape && open.find(({ axis }) => axis >= shape.length);
    if (wrong !== undefined) {
      throw new TypeError(
        `${where} names axis ${wrong.axis} of "${spec.name}", ` +
          `whose shape is ${formatShape(shape ?? [])}`,
      );
    }
    if (dtype === undefined) continue;
    try {
      padding?.elementFor(name, dtype);
    } catch (error) {
      throw new TypeError(`${where} does not fit "specs": ${messageOf(error)}`, { cause: error });
    }
  }
}

function isList(specs: TensorSpecs): specs is readonly TensorSpec[] {
  return Array.isArray(specs);
}
