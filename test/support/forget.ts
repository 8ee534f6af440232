/** Garbage collection, and what it sets off. */
import { setImmediate } from "node:timers/promises";
import { collect } from "./collect.ts";

/** Collects garbage, and lets what was collected take its effect. */
export async function forget(): Promise<void> {
  for (let time = 0; time < 2; time++) {
    collect();
    await setImmediate();
  }
}
