/** Calls of one row each on fake workers, and runs that do to them what a test says. */
import { lostWorkers, type WorkerLostError } from "../../src/runner/runner-error.ts";
import { type Bench, numbers, type Run, rows, settled } from "./fake-workers.ts";

export const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** The effect of a run on its batch. */
export type Act = (run: Run, values: readonly number[]) => void;

/** Makes a call of each number. */
export function callAll(
  { batcher }: Bench,
  count: number,
): Promise<PromiseSettledResult<unknown>[]> {
  return Promise.allSettled(range(count).map((value) => batcher.call(rows(value))));
}

/** Lets every run that there is act, until there is none. */
export async function runAll({ workers }: Bench, act: Act): Promise<void> {
  await settled();
  for (let run = workers.running[0]; run !== undefined; run = workers.running[0]) {
    act(run, numbers(run.input));
    await settled();
  }
}

/** The answers, and the messages of errors. */
export function ends(outcomes: readonly PromiseSettledResult<unknown>[]): (number | string)[] {
  return outcomes.map((each) =>
    each.status === "fulfilled"
      ? (numbers(each.value)[0] ?? Number.NaN)
      : (each.reason as Error).message,
  );
}

/** The error of a worker that ended. */
export function exit(isFirst: boolean): WorkerLostError {
  return lostWorkers("fake", "double", 1, { cause: "its exit", isFirst });
}
