/** HTTP load in an open loop: Poisson arrivals, timed from the moment when each was due. */
import type { LiveClient } from "../../live/processes.ts";
import { quantile } from "../../open-loop.ts";
import type { Load } from "./load.ts";
import { type Post, wrk } from "./wrk.ts";

/** Makes calls with a body of JSON, by a client in a process of its own. */
export function openLoop(client: LiveClient, post: Post, perSecond: number): Load {
  const { path, body } = post;
  const flow = { name: "calls", path, body: String(body), perSecond };
  return {
    probe: wrk(post, 1).probe,
    async run({ port }, seconds) {
      const { ended, lateP99Ms } = await client.run(port, [{ ...flow, seconds }]);
      const calls = ended["calls"] ?? [];
      const failed = calls.filter(({ status }) => status !== 200);
      if (failed.length > 0) throw new Error(`${failed.length} of ${calls.length} calls failed`);
      const ms = calls.map((call) => call.ms);
      const [p50Ms, p99Ms] = [quantile(0.5, ms), quantile(0.99, ms)];
      return { calls: calls.length, perSecond: calls.length / seconds, p50Ms, p99Ms, lateP99Ms };
    },
  };
}
