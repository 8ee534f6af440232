/** Costs of batches for random tests: their shapes, their noise, and the best size of each. */
import type { Random } from "../../support/random.ts";

/** Returns the milliseconds of a batch. */
export type Cost = (units: number) => number;

/** Makes a cost of each shape, with random constants. */
export const SHAPES: Readonly<Record<string, (random: Random) => Cost>> = {
  flat: (random) => {
    const b = 1 + 50 * random.next();
    return () => b;
  },
  linear: (random) => {
    const [a, b] = [0.1 + 2 * random.next(), 20 * random.next()];
    return (units) => a * units + b;
  },
  convex: (random) => {
    const [a, b, c] = [0.2 + random.next(), 10 * random.next(), 0.05 * random.next()];
    return (units) => b + a * units + c * units ** 2;
  },
  jumping: (random) => {
    const [a, b, jump] = [0.1 + random.next(), 1 + 10 * random.next(), 5 + 60 * random.next()];
    const at = 8 * (1 + random.below(6));
    return (units) => a * units + b + (units > at ? jump : 0);
  },
  padded: (random) => {
    const [a, b, to] = [0.1 + random.next(), 10 * random.next(), random.of([4, 8, 16])];
    return (units) => b + a * to * Math.ceil(units / to);
  },
};

/** Returns a number of a normal distribution with a mean of 0 and a deviation of 1. */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

/** Returns a factor of a logarithmic normal distribution with a median of 1. */
export function noise(random: Random, sigma: number): number {
  return Math.exp(sigma * normal(random));
}

/** Returns the least milliseconds a unit of all sizes up to a maximum. */
export function leastPerUnit(cost: Cost, max: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let units = 1; units <= max; units++) least = Math.min(least, cost(units) / units);
  return least;
}
