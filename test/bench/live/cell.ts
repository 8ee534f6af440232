/** Cell: a situation of the scheduler that is measured. */
import type { Figures, Line } from "./figures.ts";
import type { FlowResults } from "./flow.ts";
import type { Lab } from "./lab.ts";

/** Measures one situation. */
export type Cell = (lab: Lab) => Promise<Line[]>;

/** The figures that are wanted in every situation. */
export const EVERY = "late <= 2 %, refused in 5 ms >= 95 %";

/** The client's own delay and processor time: figures are of use only while they are small. */
export function clientOf({ lateP99Ms, clientCpu }: FlowResults): Figures {
  return { "client late p99": lateP99Ms, "client cpu": clientCpu };
}
