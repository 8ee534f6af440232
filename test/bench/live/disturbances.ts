/** Situations after a disturbance: a pause of the process, or a batch that takes far too long. */
import process from "node:process";
import type { Cell } from "./cell.ts";
import { rateOf } from "./figures.ts";
import type { LiveServer } from "./processes.ts";

/**
 * The rate of closed-loop callers, too few for a full batch, and what an open loop has in time,
 * after a disturbance.
 */
export function disturbed(name: string, disturb: (server: LiveServer) => Promise<void>): Cell {
  return async (lab) => {
    // Each call that a stopped process does not answer takes a connection, and few can be pending.
    const perSecond = Math.min(150, 0.5 * lab.capacity);
    const loops = [
      { key: "closed", limits: {}, calls: { callers: lab.settings.maxBatchSize / 2 } },
      { key: "open", limits: { maxLatencyMs: 100 }, calls: { perSecond } },
    ];
    const figures: Record<string, number> = {};
    for (const { key, limits, calls } of loops) {
      await using server = await lab.open(limits);
      let endedAt = Number.NaN;
      const onStart = (): void => {
        setTimeout(async () => {
          await disturb(server);
          endedAt = Date.now();
        }, 2000);
      };
      const flow = lab.flow(key, { ...calls, seconds: 11 });
      const { ended, startedAt } = await lab.run(server, [flow], { onStart });
      const all = ended[key] ?? [];
      const from = endedAt - startedAt + 200;
      if (key === "closed") {
        const after = rateOf(all, from, from + 2000);
        figures["closed: rate after/before"] = after / rateOf(all, 500, 2000);
        continue;
      }
      const due = all.filter(({ at }) => at >= from && at < from + 2000);
      const inTime = due.filter(({ ms, status }) => status === 200 && ms <= 100);
      figures["open: in time %"] = (100 * inTime.length) / due.length;
    }
    return [{ name, figures, target: "rate >= 0.95 after 200 ms" }];
  };
}

export async function pause({ pid }: LiveServer): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  process.kill(pid, "SIGCONT");
}

/** Makes a call that takes that much longer, whether it is answered or not. */
export function slowBatch(ms: number) {
  return async ({ port }: LiveServer): Promise<void> => {
    const url = `http://127.0.0.1:${port}/call`;
    await (await fetch(url, { method: "POST", body: `${ms}` })).text();
  };
}
