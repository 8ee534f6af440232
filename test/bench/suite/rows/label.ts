/** The names of the runtimes in the table. */
import type { RuntimeName } from "../../runtimes.ts";

export const LABELS: Readonly<Record<RuntimeName, string>> = {
  bun: "Bun",
  deno: "Deno",
  node: "Node",
};
