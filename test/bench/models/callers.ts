/** Callers that each wait for their answer before they call again, within the process. */

/** Returns the calls per second of `callers`, for a time, or until a number of calls has ended. */
export async function rateOf(
  callers: number,
  { seconds = Number.POSITIVE_INFINITY, calls = Number.POSITIVE_INFINITY },
  call: (index: number) => Promise<unknown>,
): Promise<number> {
  let [next, ended] = [0, 0];
  const startedAt = performance.now();
  const end = startedAt + 1000 * seconds;
  let lastAt = startedAt;
  const caller = async (): Promise<void> => {
    while (next < calls && performance.now() < end) {
      await call(next++);
      ended += 1;
      lastAt = performance.now();
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (1000 * ended) / (lastAt - startedAt);
}
