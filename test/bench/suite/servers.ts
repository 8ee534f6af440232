/** The servers of a row: all are started, and all but the one under load are paused. */
import { setTimeout } from "node:timers/promises";
import type { Load, Loaded } from "./load/load.ts";
import { cpuMs } from "./process-stats.ts";
import { alternate, type Figures, type Rounds } from "./rounds.ts";
import type { Settings } from "./row.ts";
import { type Program, ServerProcess } from "./server-process.ts";

const WARM_UP_SECONDS = 2;
/** The time for what the load has left in a server. A batch that a pause interrupts looks slow. */
const SETTLE_MS = 200;

/** A server, and the load that it gets. */
export interface Variant {
  readonly program: Program;
  readonly load: Load;
}

/**
 * Puts each server under its load in turns. The figures of a round: those of the load, and `cpuUs`,
 * the processor time of a call.
 */
export async function underLoad<V extends string>(
  variants: Readonly<Record<V, Variant>>,
  { seconds, rounds }: Settings,
): Promise<Rounds<V>> {
  await using open = new AsyncDisposableStack();
  const turns: [string, () => Promise<Figures>][] = [];
  for (const [name, { program, load }] of Object.entries<Variant>(variants)) {
    const server = open.use(await ServerProcess.open(program, (each) => load.probe(each)));
    await load.run(server, WARM_UP_SECONDS);
    await setTimeout(SETTLE_MS);
    server.pause();
    turns.push([name, () => measured(server, () => load.run(server, seconds))]);
  }
  return await alternate(Object.fromEntries(turns) as Record<V, () => Promise<Figures>>, rounds);
}

/** Resumes a server, measures it under a load, and pauses it again. */
export async function measured(
  server: ServerProcess,
  run: () => Promise<Loaded>,
): Promise<Figures> {
  server.resume();
  const before = cpuMs(server.pid);
  const { calls, ...figures } = await run();
  const cpuUs = (1000 * (cpuMs(server.pid) - before)) / calls;
  await setTimeout(SETTLE_MS);
  server.pause();
  return { ...figures, cpuUs };
}
