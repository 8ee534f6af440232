/**
 * inferBlocks(): how an answer of the Open Inference Protocol is shown, a part for each output.
 * @module
 */

import { nest, shapeText } from "../tensor/shape.ts";
import { type Block, blocksOf, scoresOf } from "./blocks.ts";

interface Output {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data?: readonly unknown[];
}

/** The most elements of an output that are shown. */
const MAX_ELEMENTS = 100_000;

/** The most numbers of an output without a better form that are bars. */
const MAX_BARS = 100;

/** Returns the parts of an answer: probabilities first, then other scores. */
export function inferBlocks(value: unknown): readonly Block[] {
  const { outputs } = value as { readonly outputs?: readonly Output[] };
  if (outputs === undefined) return blocksOf(value);
  const parts = outputs.map(outputBlocks);
  return parts.toSorted((one, other) => rankOf(one) - rankOf(other)).flat();
}

function rankOf([first]: readonly Block[]): number {
  if (first?.kind !== "scores") return 2;
  return first.scores.every(({ score }) => score >= 0 && score <= 1 + 1e-6) ? 0 : 1;
}

function outputBlocks({ name, datatype, shape, data = [] }: Output): readonly Block[] {
  const title = `${name} · ${datatype} ${shapeText(shape)}`;
  if (data.length > MAX_ELEMENTS) return [{ kind: "text", title, text: "Too large to be shown" }];
  const nested = nest(data, shape);
  const scores = scoresOf(nested, name) ?? [];
  if (scores.length > 0) return scores;
  const rows = shape.slice(0, -1).reduce((count, axis) => count * axis, 1);
  const isRow = rows === 1 && data.length > 1 && data.length <= MAX_BARS;
  if (isRow && data.every((each) => typeof each === "number")) {
    const row = data as readonly number[];
    return [
      { kind: "scores", title, scores: row.map((score, at) => ({ label: String(at), score })) },
    ];
  }
  return blocksOf(nested, title);
}
