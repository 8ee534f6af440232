// biome-ignore-all lint/style/noNonNullAssertion: values, gradient and both moments have one
// length, and `i` stays below it.
import type { Parameter } from "./parameter.ts";

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;
// Written out, because 1 - 0.9 and 1 - 0.999 are not the doubles nearest to 0.1 and 0.001.
const ONE_MINUS_BETA_1 = 0.1;
const ONE_MINUS_BETA_2 = 0.001;

/** Moves the parameters against their gradients, the sum over `batchSize` pictures. */
export type Optimiser = (batchSize: number, learningRate: number) => void;

/**
 * Adam, with the moments corrected for their start at zero. Kingma and Ba, "Adam: A Method for
 * Stochastic Optimization" (2015), algorithm 1, with its default betas and epsilon.
 */
export function adam(parameters: readonly Parameter[]): Optimiser {
  const states = parameters.map((parameter) => ({
    parameter,
    mean: new Float32Array(parameter.values.length),
    square: new Float32Array(parameter.values.length),
  }));
  let step = 0;
  return (batchSize, learningRate) => {
    step++;
    const meanCorrection = 1 - BETA_1 ** step;
    const squareCorrection = 1 - BETA_2 ** step;
    for (const { parameter, mean, square } of states) {
      const { values, gradient } = parameter;
      for (let i = 0; i < values.length; i++) {
        const slope = gradient[i]! / batchSize;
        mean[i]! += ONE_MINUS_BETA_1 * (slope - mean[i]!);
        square[i]! += ONE_MINUS_BETA_2 * (slope * slope - square[i]!);
        values[i]! -=
          (learningRate * (mean[i]! / meanCorrection)) /
          (Math.sqrt(square[i]! / squareCorrection) + EPSILON);
      }
    }
  };
}

/**
 * The learning rate at `step` of `stepCount`, falling from `initial` to 0 along half a cosine.
 * Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017),
 * equation 5, without restarts.
 */
export function cosineLearningRate(initial: number, step: number, stepCount: number): number {
  return initial * 0.5 * (1 + Math.cos((Math.PI * step) / stepCount));
}
