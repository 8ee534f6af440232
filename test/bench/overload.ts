/**
 * Overload, over HTTP: the share of calls that is answered in time, and the time of a refusal.
 *
 *     bun test/bench/overload.ts [seconds a rate] [deadline in ms]
 *
 * A service whose batches take 30 ms and 5 ms a row (at most 10 rows: 125 calls a second on one
 * worker) gets Poisson arrivals of half to three times its capacity from another thread. Times
 * are measured from when a call was due. Goodput counts the calls answered within the deadline.
 */
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { api, json, runner, ServiceError, service } from "../../src/index.ts";
import { serve } from "../../src/serve.ts";
import costly from "./costly.ts";
import { type Ended, openLoop, quantile } from "./open-loop.ts";

const [secondsText = "4", deadlineText = "500"] = process.argv.slice(2);
const seconds = Number(secondsText);
const deadlineMs = Number(deadlineText);
const cost = { a: 5, b: 30 };
const maxBatchSize = 10;
const capacity = (1000 * maxBatchSize) / (cost.a * maxBatchSize + cost.b);

interface Order {
  readonly url: string;
  readonly perSecond: number;
}

/** The client, in a thread of its own: the server's must not slow it down. */
async function load({ url, perSecond }: Order): Promise<Ended[]> {
  return await openLoop(perSecond, seconds, async () => {
    const answer = await fetch(url, { method: "POST", body: "1" });
    await answer.arrayBuffer();
    if (answer.status !== 200 && answer.status !== 503) throw new Error(`${answer.status}`);
    return answer.status === 200;
  });
}

function loadFrom(order: Order): Promise<Ended[]> {
  const client = new Worker(new URL(import.meta.url), { workerData: order });
  return new Promise((resolve, reject) => {
    client.once("message", resolve);
    client.once("error", reject);
  });
}

async function main(): Promise<void> {
  const costs = runner(costly, {
    name: "costly",
    workers: 1,
    params: cost,
    batch: { maxBatchSize, maxLatencyMs: deadlineMs },
  });
  const bench = service("overload", {
    runners: [costs],
    apis: {
      call: api({ input: json<number>(), output: json<number>() }, async (item, { signal }) => {
        const [answer] = await costs.batched([item], { signal });
        if (answer === undefined) throw new ServiceError("internal", "no answer");
        return answer;
      }),
    },
  });
  await using server = await serve(bench, { port: 0, host: "127.0.0.1", signals: false });
  const url = `http://127.0.0.1:${server.port}/call`;
  await loadFrom({ url, perSecond: capacity / 2 }); // warm
  console.log(`capacity ${capacity} calls/s, deadline ${deadlineMs} ms, times in ms`);
  console.log("load   goodput  of peak  late  p50     p99     refused  p50    p99    max   failed");
  let peak = 0;
  for (const times of [0.5, 0.8, 1, 1.2, 1.5, 2, 3]) {
    const ended = await loadFrom({ url, perSecond: times * capacity });
    const of = (outcome: string): number[] =>
      ended.filter((each) => each.outcome === outcome).map(({ ms }) => ms);
    const answered = of("answered");
    const refused = of("refused");
    const inTime = answered.filter((ms) => ms <= deadlineMs).length;
    const goodput = inTime / seconds;
    peak = Math.max(peak, goodput);
    const cells = [
      times.toFixed(1).padEnd(6),
      goodput.toFixed(0).padEnd(8),
      (goodput / peak).toFixed(2).padEnd(8),
      `${answered.length - inTime}`.padEnd(5),
      ...[0.5, 0.99].map((share) => quantile(share, answered).toFixed(1).padEnd(7)),
      `${((100 * refused.length) / ended.length).toFixed(0)} %`.padEnd(8),
      ...[0.5, 0.99, 1].map((share) => quantile(share, refused).toFixed(1).padEnd(6)),
      `${of("failed").length}`,
    ];
    console.log(cells.join(" "));
  }
}

if (isMainThread) await main();
else parentPort?.postMessage(await load(workerData as Order));
