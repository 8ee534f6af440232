import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLASS_COUNT, type Digit, IMAGE_SIZE } from "./data.ts";
import { argmax, type Network } from "./network.ts";
import { encodeGreyPng } from "./png.ts";

const SUFFIXES = ["a", "b"];

/** One entry of labels.json. */
interface Label {
  readonly file: string;
  readonly label: number;
  /** The digit's id in the `mnist` package. */
  readonly source: string;
  readonly predicted: number;
  /** [10], to five places: a reference for other ways to run the model. */
  readonly logits: readonly number[];
}

/**
 * Writes the first two held-out digits of each class to `directory` as PNGs, and labels.json with
 * the predictions of the network.
 */
export function writeSamples(network: Network, heldOut: readonly Digit[], directory: string): void {
  mkdirSync(directory, { recursive: true });
  const labels: Label[] = [];
  for (let label = 0; label < CLASS_COUNT; label++) {
    const digits = heldOut.filter((digit) => digit.label === label);
    for (const [i, suffix] of SUFFIXES.entries()) {
      const digit = digits[i];
      if (digit === undefined) continue;
      const file = `digit-${label}-${suffix}.png`;
      const bytes = Uint8Array.from(digit.pixels, (pixel) => Math.round(pixel * 255));
      writeFileSync(join(directory, file), encodeGreyPng(bytes, IMAGE_SIZE, IMAGE_SIZE));
      labels.push(describe(network, digit, file));
    }
  }
  writeFileSync(join(directory, "labels.json"), `${JSON.stringify(labels, null, 1)}\n`);
}

function describe(network: Network, digit: Digit, file: string): Label {
  const logits = network.predict(digit.pixels);
  return {
    file,
    label: digit.label,
    source: digit.id,
    predicted: argmax(logits),
    logits: Array.from(logits, (logit) => Number(logit.toFixed(5))),
  };
}
