import { parseArgs } from "node:util";

export const USAGE = "Usage: train.ts --out DIRECTORY [--epochs 12] [--seed 1]";

const SEED_MAX = 2 ** 32 - 1;
const EPOCHS_MAX = 1000;

export interface Arguments {
  /** The number of passes over the training set. */
  readonly epochs: number;
  /** The seed of all random numbers: the same seed trains the same model. */
  readonly seed: number;
  /** The directory to write mnist-cnn.onnx and digits/ to. */
  readonly out: string;
}

/** Reads the command line; throws a TypeError or a RangeError that says what to change. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      epochs: { type: "string", default: "12" },
      seed: { type: "string", default: "1" },
      out: { type: "string" },
    },
  });
  if (values.out === undefined || values.out === "") {
    throw new TypeError("Missing --out: name the directory to write mnist-cnn.onnx and digits/ to");
  }
  return {
    epochs: integer("epochs", values.epochs, 1, EPOCHS_MAX),
    seed: integer("seed", values.seed, 0, SEED_MAX),
    out: values.out,
  };
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new RangeError(`--${name} must be a whole number from ${min} to ${max}: it is "${text}"`);
}
