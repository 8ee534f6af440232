/**
 * The data that a thread is started with.
 * @module
 */

import type { GateWord } from "../../worker/native-gate.ts";

/** Work that a thread does before it is a worker. */
export interface Preparation {
  /** The URL of a module whose default export is called with the backend. */
  readonly module: string;
  /** The backend of models. */
  readonly backend: string;
}

/** The data of a thread. */
export interface ThreadData {
  readonly preparation: Preparation | undefined;
  readonly gate: GateWord;
}
