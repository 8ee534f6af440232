/** Load: puts a server under load. */
import type { ServerProcess } from "../server-process.ts";

export interface Load {
  /** Makes one call, and checks its answer. */
  probe(server: ServerProcess): Promise<void>;
  run(server: ServerProcess, seconds: number): Promise<Loaded>;
}

/** The result of a load. */
export interface Loaded {
  readonly calls: number;
  readonly perSecond: number;
  readonly [figure: string]: number;
}
