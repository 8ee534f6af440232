/**
 * WorkerReports: the reports of the workers of one pool that concern all of them.
 * @module
 */

import { runnerLog as log } from "../../log.ts";
import type { RunnableInfo } from "../../worker/protocol.ts";

/** The most warnings that are remembered. Later ones are logged each time. */
const MAX_WARNINGS = 100;

/** The backends and the warnings of the workers of a pool. */
export class WorkerReports {
  readonly #backends = new Map<number, readonly string[]>();
  readonly #warnings = new Set<string>();

  /**
   * Returns the properties of a runnable that a worker has loaded, with the backends of all
   * workers: one of them may lack memory on a GPU.
   */
  loaded(index: number, info: RunnableInfo): RunnableInfo {
    this.#backends.set(index, info.backends);
    return { ...info, backends: [...new Set([...this.#backends.values()].flat())] };
  }

  /** Logs a warning, once for all workers, which load the same module. */
  warned(text: string): void {
    if (this.#warnings.has(text)) return;
    if (this.#warnings.size < MAX_WARNINGS) this.#warnings.add(text);
    log.warn("{text}", { text });
  }
}
