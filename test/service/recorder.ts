/** A runner that runs nothing. */
import type { ServiceRunner } from "../../src/service/service-runner.ts";

/** Returns a runner that appends its starts and closings to a log. */
export function recorder(name: string, log: string[], failure?: Error): ServiceRunner {
  return {
    name,
    ready: true,
    backends: [],
    whyNotReady: undefined,
    onReadyChange: () => {},
    stats: () => ({ ready: 1 }),
    async start() {
      log.push(`start ${name}`);
      if (failure !== undefined) throw failure;
    },
    async close() {
      log.push(`close ${name}`);
    },
  };
}
