import { convolution, convolve } from "./convolution.ts";
import { addConvolutionGradient } from "./convolution-gradient.ts";
import { softmaxCrossEntropy } from "./cross-entropy.ts";
import { CLASS_COUNT, IMAGE_SIZE } from "./data.ts";
import { addDenseGradient, connect, dense } from "./dense.ts";
import { dropout, dropoutGradient } from "./dropout.ts";
import type { Parameter } from "./parameter.ts";
import { reluMaxPool, unpool } from "./pooling.ts";
import type { Random } from "./random.ts";
import { relu, reluGradient } from "./relu.ts";

const DROPOUT_RATE = 0.25;

/** The classifier during training: one picture at a time, in buffers that are reused. */
export interface Network {
  /** w1, b1, … w4, b4: the order of the layers. */
  readonly parameters: readonly Parameter[];
  /** Maps `image` ([28, 28]) to logits ([10]), valid until the next call of the network. */
  predict(image: Float32Array): Float32Array;
  /** Adds the gradients of one labelled picture to those of the parameters; returns its loss. */
  learn(image: Float32Array, label: number): number;
}

/**
 * Two rounds of 3x3 convolution, ReLU and 2x2 max pooling (16, then 32 planes), dropout while
 * learning, and two dense layers (64, then 10). Sides go 28, 26, 13, 11, 5.
 *
 * `random` first draws the weights, in the order of the layers; then `learn` draws dropout masks.
 */
export function createNetwork(random: Random): Network {
  const conv1 = convolution(1, { inputs: 1, outputs: 16, size: IMAGE_SIZE }, random);
  const conv2 = convolution(2, { inputs: 16, outputs: 32, size: 13 }, random);
  const hidden = dense(3, { inputs: 32 * 5 * 5, outputs: 64 }, random);
  const output = dense(4, { inputs: 64, outputs: CLASS_COUNT }, random);
  const layers = [conv1, conv2, hidden, output];

  const maps1 = activation(16 * 26 * 26);
  const pooled1 = activation(16 * 13 * 13);
  const winners1 = new Int32Array(16 * 13 * 13);
  const maps2 = activation(32 * 11 * 11);
  const pooled2 = activation(hidden.inputs);
  const winners2 = new Int32Array(hidden.inputs);
  const mask = new Float32Array(hidden.inputs);
  const units = activation(hidden.outputs);
  const logits = activation(CLASS_COUNT);

  function extractFeatures(image: Float32Array): void {
    convolve(conv1, image, maps1.values);
    reluMaxPool(maps1.values, 26, pooled1.values, winners1);
    convolve(conv2, pooled1.values, maps2.values);
    reluMaxPool(maps2.values, 11, pooled2.values, winners2);
  }

  function classify(): void {
    connect(hidden, pooled2.values, units.values);
    relu(units.values);
    connect(output, units.values, logits.values);
  }

  function backward(image: Float32Array): void {
    addDenseGradient(output, units.values, logits.gradient, units.gradient);
    reluGradient(units.values, units.gradient);
    addDenseGradient(hidden, pooled2.values, units.gradient, pooled2.gradient);
    dropoutGradient(pooled2.gradient, mask);
    unpool(pooled2.gradient, winners2, maps2.gradient);
    addConvolutionGradient(conv2, pooled1.values, maps2.gradient, pooled1.gradient);
    unpool(pooled1.gradient, winners1, maps1.gradient);
    addConvolutionGradient(conv1, image, maps1.gradient);
  }

  return {
    parameters: layers.flatMap(({ weights, bias }) => [weights, bias]),
    predict(image) {
      extractFeatures(image);
      classify();
      return logits.values;
    },
    learn(image, label) {
      extractFeatures(image);
      dropout(pooled2.values, DROPOUT_RATE, random, mask);
      classify();
      const loss = softmaxCrossEntropy(logits.values, label, logits.gradient);
      backward(image);
      return loss;
    },
  };
}

/** The values between two layers, and the gradient of the loss by them, for one picture. */
function activation(length: number): Pick<Parameter, "values" | "gradient"> {
  return { values: new Float32Array(length), gradient: new Float32Array(length) };
}

/** Returns the class with the greatest logit, the first of equal ones. */
export function argmax(logits: Float32Array): number {
  return logits.indexOf(Math.max(...logits));
}
