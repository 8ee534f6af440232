/**
 * The client of the live benchmarks, a process of its own: reads one order a line, makes its calls,
 * and writes the results as a line. Its first line says that calls begin.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { seededRandom } from "../../../src/random.ts";
import { poisson } from "../../../src/simulator/arrivals.ts";
import { quantile } from "../open-loop.ts";
import type { Ended, Flow, FlowResults } from "./flow.ts";
import { HttpClient, requestOf } from "./http-client.ts";

/** The flows to call, and the connections to open before. */
export interface Order {
  readonly port: number;
  readonly flows: readonly Flow[];
  readonly connections: number;
}

class Run {
  readonly ended: Ended[] = [];
  readonly lates: number[] = [];
  readonly #client: HttpClient;
  readonly #flow: Flow;
  readonly #request: Buffer;
  readonly #startedAt: number;

  constructor(client: HttpClient, flow: Flow, startedAt: number) {
    this.#client = client;
    this.#flow = flow;
    this.#startedAt = startedAt;
    this.#request = requestOf(flow.path, flow.body, flow.headers);
  }

  async calls(): Promise<void> {
    const { perSecond, callers = 0, startS = 0 } = this.#flow;
    await setTimeout(1000 * startS);
    if (perSecond !== undefined) return await this.#open(perSecond);
    await Promise.all(Array.from({ length: callers }, () => this.#closed()));
  }

  async #open(perSecond: number): Promise<void> {
    const { seconds, seed = 1, startS = 0 } = this.#flow;
    const calls: Promise<void>[] = [];
    const startedAt = this.#startedAt + 1000 * startS;
    for (const moment of poisson(perSecond, seconds * 1000, seededRandom(seed))) {
      const due = startedAt + moment;
      // A timer is at least a millisecond late: all calls that are due by then are made together.
      while (performance.now() < due) await setTimeout(Math.max(0, due - performance.now() - 1));
      this.lates.push(performance.now() - due);
      calls.push(this.#call(due));
    }
    await Promise.all(calls);
  }

  async #closed(): Promise<void> {
    const { seconds, startS = 0 } = this.#flow;
    const end = this.#startedAt + 1000 * (startS + seconds);
    while (performance.now() < end) await this.#call(performance.now());
  }

  #call(due: number): Promise<void> {
    const { patienceMs } = this.#flow;
    return new Promise((resolve) => {
      let timer: ReturnType<typeof globalThis.setTimeout> | undefined;
      const end = (status: number): void => {
        clearTimeout(timer);
        const [ms, at] = [performance.now() - due, due - this.#startedAt];
        this.ended.push({ at, ms, status: hasLeft ? -1 : status });
        resolve();
      };
      let hasLeft = false;
      const disconnect = this.#client.send(this.#request, end);
      if (patienceMs === undefined) return;
      const leave = (): void => {
        hasLeft = true;
        disconnect();
      };
      timer = globalThis.setTimeout(leave, due + patienceMs - performance.now());
    });
  }
}

async function answer({ port, flows, connections }: Order): Promise<FlowResults> {
  const client = new HttpClient(port);
  await client.open(connections);
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const startedAtDate = Date.now();
  console.log(JSON.stringify({ startedAt: startedAtDate }));
  const runs = flows.map((flow) => [flow.name, new Run(client, flow, startedAt)] as const);
  await Promise.all(runs.map(([, run]) => run.calls()));
  const { user, system } = process.cpuUsage(cpu);
  const results: FlowResults = {
    startedAt: startedAtDate,
    ended: Object.fromEntries(runs.map(([name, run]) => [name, run.ended])),
    clientCpu: (user + system) / 1000 / (performance.now() - startedAt),
    lateP99Ms: quantile(
      0.99,
      runs.flatMap(([, run]) => run.lates),
    ),
    connections: client.connections,
  };
  client.close();
  return results;
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as Order)));
}
