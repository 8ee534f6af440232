/**
 * Underway: the number of batches that workers run now, or are to run next.
 * @module
 */

/** A count of batches. A set of them would keep them in memory: see `CallQueue`. */
export class Underway {
  /** The number of batches. */
  batches = 0;

  /** Counts a batch. Returns the function that ends that, which may be called several times. */
  enter(): () => void {
    this.batches += 1;
    let isIn = true;
    return () => {
      if (isIn) this.batches -= 1;
      isIn = false;
    };
  }
}
