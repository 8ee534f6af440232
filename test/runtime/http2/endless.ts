/** An answer that is read for as long as anyone does. */
import type { Fetch } from "../../../src/runtime/listener.ts";
import { until } from "../../support/until.ts";

/** An answer without end, and how much of it has been asked for. */
export function endless() {
  const seen = { chunks: 0, cancelled: false, aborted: false };
  const fetch: Fetch = (request) => {
    request.signal.addEventListener("abort", () => {
      seen.aborted = true;
    });
    const body = new ReadableStream({
      pull(controller) {
        seen.chunks += 1;
        controller.enqueue(new Uint8Array(65_536));
      },
      cancel() {
        seen.cancelled = true;
      },
    });
    return new Response(body);
  };
  return { seen, fetch };
}

/** Waits until a number has begun to grow and has stopped. */
export async function untilStill(count: () => number): Promise<void> {
  let last = 0;
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const still = count() === last && last > 0;
    last = count();
    return still;
  });
}
