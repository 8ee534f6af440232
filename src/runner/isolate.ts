/**
 * isolate(): runs a batch, and where it throws, finds the calls that fail by themselves, so that
 * the others get their answer.
 * @module
 */

import { RunnerError } from "./runner-error.ts";

/** What became of one call of a batch. */
export type Isolated = PromiseSettledResult<unknown> & {
  /** In how many runs it was; 1 when the whole batch went well or failed as one. */
  readonly runs: number;
};

/**
 * Runs all calls together. When that throws, halves are run by themselves, down to single calls,
 * which fail alone. Finding one bad call among n takes 2 log2 n more runs; a batch that is bad
 * throughout would take 2 n, so after 4 log2 n + 4 the calls left get the error they had last.
 *
 * An error that is not of the calls (no worker, no time) is every call's at once.
 *
 * @param calls at least one
 * @param run runs some of the calls and answers each, in their order
 * @param mayRunAgain false where a call must not run twice: then the error is every call's
 */
export async function isolate<C>(
  calls: readonly C[],
  run: (some: readonly C[]) => Promise<readonly unknown[]>,
  mayRunAgain: boolean,
): Promise<Isolated[]> {
  let budget = 4 * Math.ceil(Math.log2(calls.length)) + 5;
  const fail = (some: readonly C[], reason: unknown, runs: number): Isolated[] =>
    some.map(() => ({ status: "rejected", reason, runs }));
  const attempt = async (some: readonly C[], runs: number): Promise<Isolated[]> => {
    budget -= 1;
    try {
      const outputs = await run(some);
      return outputs.map((value) => ({ status: "fulfilled", value, runs }));
    } catch (reason) {
      const final = some.length === 1 || !mayRunAgain || reason instanceof RunnerError;
      if (final) return fail(some, reason, runs);
      const middle = Math.ceil(some.length / 2);
      const outcomes: Isolated[] = [];
      for (const half of [some.slice(0, middle), some.slice(middle)]) {
        outcomes.push(...(budget > 0 ? await attempt(half, runs + 1) : fail(half, reason, runs)));
      }
      return outcomes;
    }
  };
  return await attempt(calls, 1);
}
