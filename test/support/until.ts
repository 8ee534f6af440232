/** The longest wait, in milliseconds. */
const LIMIT_MS = 120_000;

/**
 * Waits for an event in another thread or process.
 *
 * @throws Error with the condition's own code if it does not hold within two minutes
 */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endAt = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > endAt) {
      throw new Error(`Waited ${LIMIT_MS / 1000} s in vain for ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
