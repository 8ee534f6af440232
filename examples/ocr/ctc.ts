/** Decodes the answer of a model that has learnt by connectionist temporal classification (CTC). */
import type { Tensor } from "ekiben/runnable";

/** The text of a line. */
export interface ReadText {
  readonly text: string;
  /** The mean probability of its characters, 0 to 1, to three places. */
  readonly score: number;
}

/** A line without characters. */
export const NO_TEXT: ReadText = { text: "", score: 0 };

/**
 * Returns the characters of the model's classes: that of no character, which CTC calls blank, then
 * those of the dictionary, a line each, and the space.
 */
export function alphabetOf(dictionary: string): string[] {
  return ["", ...dictionary.replace(/\r?\n$/, "").split(/\r?\n/), " "];
}

/** @param probabilities [lines, steps, characters] */
export function decodeLines(
  { shape, data }: Tensor<"float32">,
  alphabet: readonly string[],
): ReadText[] {
  const [lines = 0, steps = 0, classes = 0] = shape;
  return Array.from({ length: lines }, (_, line) => {
    let text = "";
    let sum = 0;
    let count = 0;
    let last = 0;
    for (let step = 0; step < steps; step += 1) {
      const from = (line * steps + step) * classes;
      const best = indexOfGreatest(data, from, classes);
      // A character that lasts several steps is one; a blank is between two that are equal.
      if (best !== 0 && best !== last) {
        text += alphabet[best] ?? "";
        sum += data[from + best] ?? 0;
        count += 1;
      }
      last = best;
    }
    if (text.trim() === "") return NO_TEXT;
    return { text: text.trim(), score: Math.round((1000 * sum) / count) / 1000 };
  });
}

function indexOfGreatest(data: Float32Array, from: number, count: number): number {
  let best = 0;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at += 1) {
    const value = data[from + at] ?? 0;
    if (value <= greatest) continue;
    best = at;
    greatest = value;
  }
  return best;
}
