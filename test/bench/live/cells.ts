/** The cells of the live table: situations of the scheduler, and what is wanted of it in each. */
import process from "node:process";
import { fixedWindow, off, targetLatency } from "../../../src/runner/batching/batch-options.ts";
import { capacityOf } from "./cost-curve.ts";
import { type Figures, type Line, rateOf, times } from "./figures.ts";
import type { FlowResults } from "./flow.ts";
import type { Lab } from "./lab.ts";
import type { LiveServer } from "./processes.ts";

/** Measures one situation. */
export type Cell = (lab: Lab) => Promise<Line[]>;

type Batch = Parameters<Lab["open"]>[0];

/** One flow of calls with a deadline, which is the method's. */
function deadline(maxLatencyMs: number, load: number, target?: string, batch: Batch = {}): Cell {
  return async (lab) => {
    await using server = await lab.open({ maxLatencyMs, ...batch });
    const { cost, workers } = lab.settings;
    const isOff = batch.strategy?.name === "off";
    const capacity = isOff ? workers * capacityOf(cost, 1) : lab.capacity;
    const flow = lab.flow("calls", { perSecond: load * capacity });
    const results = await lab.run(server, [flow]);
    const name = `${batch.strategy?.name ?? "adaptive"} ${maxLatencyMs} ms, load ${load}`;
    const own = lab.figures(results, flow, maxLatencyMs, capacity);
    const figures = { ...own, ...clientOf(results) };
    return [{ name, figures, ...(target && { target }) }];
  };
}

/** The client's own delay and processor time: figures are of use only while they are small. */
function clientOf({ lateP99Ms, clientCpu }: FlowResults): Figures {
  return { "client late p99": lateP99Ms, "client cpu": clientCpu };
}

const EVERY = "late <= 2 %, refused in 5 ms >= 95 %";

/** Few calls of one method beside an overloaded one. */
function beside(few: string, many: string, perSecond: (lab: Lab) => number): Cell {
  return async (lab) => {
    const maxLatencyMs = 50;
    await using server = await lab.open({ maxLatencyMs });
    const small = lab.flow("few", { path: few, perSecond: 20 });
    const large = lab.flow("many", { path: many, perSecond: perSecond(lab), seed: lab.seed + 100 });
    const results = await lab.run(server, [small, large]);
    return [
      {
        name: `few ${few} beside many ${many}`,
        figures: lab.figures(results, small, maxLatencyMs),
        target: "in time >= 98 %",
      },
      { name: `many ${many}`, figures: lab.figures(results, large, maxLatencyMs) },
    ];
  };
}

/** A caller with few calls beside one with many, told apart by a header, or lanes likewise. */
function shared(header: string, few: string, many: string, callers: number): Cell {
  return async (lab) => {
    await using server = await lab.open({});
    const perSecond = 0.15 * lab.capacity;
    const polite = lab.flow("polite", { perSecond, headers: { [header]: few } });
    const [greedy, startS] = [{ [header]: many }, 1];
    const seconds = polite.seconds + startS;
    const alone = await lab.run(server, [polite]);
    const flows = [
      { ...polite, startS },
      lab.flow("greedy", { callers, seconds, headers: greedy }),
    ];
    const both = await lab.run(server, flows, { connections: callers + 50 });
    const [before, after] = [times(alone.ended["polite"] ?? []), times(both.ended["polite"] ?? [])];
    const rate = rateOf(both.ended["greedy"] ?? [], 1000, 1000 * seconds);
    const figures = {
      "p99 alone": before["p99"] ?? Number.NaN,
      "p50 beside": after["p50"] ?? Number.NaN,
      "p99 beside": after["p99"] ?? Number.NaN,
      "p99 ratio": (after["p99"] ?? 0) / (before["p99"] ?? 0),
      "rate of the other/capacity": rate / lab.capacity,
      ...clientOf(both),
    };
    const target = "p99 ratio <= 3, the other not starved";
    return [{ name: `${header}: ${few} beside ${callers} ${many}`, figures, target }];
  };
}

/** Callers who leave after 300 ms, a little above the capacity. */
function impatient(headers: Readonly<Record<string, string>>): Cell {
  return async (lab) => {
    await using server = await lab.open({});
    const perSecond = 1.15 * lab.capacity;
    const flow = lab.flow("calls", { perSecond, patienceMs: 300, headers });
    const before = await lab.computed(server);
    const results = await lab.run(server, [flow]);
    const rows = (await lab.computed(server)) - before;
    const ended = results.ended["calls"] ?? [];
    const answered = ended.filter(({ status }) => status === 200).length;
    const figures = { "answered/computed": answered / rows, ...lab.figures(results, flow, 300) };
    const [stated] = Object.keys(headers);
    const name = `impatient, ${stated ?? "no deadline"}`;
    return [{ name, figures, ...(stated && { target: "answered/computed >= 0.95" }) }];
  };
}

/**
 * The rate of closed-loop callers, too few for a full batch, and what an open loop has in time,
 * after a disturbance.
 */
function disturbed(name: string, disturb: (server: LiveServer) => Promise<void>): Cell {
  return async (lab) => {
    const loops = [
      { key: "closed", limits: {}, calls: { callers: lab.settings.maxBatchSize / 2 } },
      { key: "open", limits: { maxLatencyMs: 100 }, calls: { perSecond: 0.5 * lab.capacity } },
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
      const before = rateOf(all, 500, 2000);
      figures[`${key}: rate after/before`] = rateOf(all, from, from + 2000) / before;
      if (key !== "open") continue;
      const due = all.filter(({ at }) => at >= from && at < from + 2000);
      const inTime = due.filter(({ ms, status }) => status === 200 && ms <= 100);
      figures["open: in time %"] = (100 * inTime.length) / due.length;
    }
    return [{ name, figures, target: "rate >= 0.95 after 200 ms" }];
  };
}

async function pause({ pid }: LiveServer): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  process.kill(pid, "SIGCONT");
}

/** Makes a call that takes that much longer, whether it is answered or not. */
function slowBatch(ms: number) {
  return async ({ port }: LiveServer): Promise<void> => {
    const url = `http://127.0.0.1:${port}/call`;
    await (await fetch(url, { method: "POST", body: `${ms}` })).text();
  };
}

/** Everything at once: lanes, greedy and impatient callers, and a second method. */
const mixed: Cell = async (lab) => {
  await using server = await lab.open({});
  const { maxBatchSize } = lab.settings;
  const seconds = lab.settings.seconds + 1;
  const at = (share: number) => ({ perSecond: share * lab.capacity, startS: 1 });
  const flows = [
    lab.flow("polite", { ...at(0.1), headers: { "X-Api-Key": "polite" } }),
    lab.flow("small", { path: "/small", perSecond: 20, startS: 1, headers: { "X-Api-Key": "s" } }),
    lab.flow("impatient", {
      ...at(0.3),
      patienceMs: 300,
      headers: { "X-Api-Key": "impatient", "Request-Timeout": "0.3" },
    }),
    lab.flow("greedy", { callers: 8 * maxBatchSize, seconds, headers: { "X-Api-Key": "greedy" } }),
    lab.flow("bulk", { callers: 8 * maxBatchSize, seconds, headers: { "Ekiben-Lane": "bulk" } }),
  ];
  const results = await lab.run(server, flows, { connections: 17 * maxBatchSize });
  return flows.map((flow) => ({
    name: `all at once: ${flow.name}`,
    figures: lab.figures(results, flow, 300),
  }));
};

/** Deadlines of the callers' own. */
const deadlines: Cell = async (lab) => {
  await using server = await lab.open({});
  const of = (name: string, share: number, s: number) => {
    const headers = { "Request-Timeout": `${s}` };
    return lab.flow(name, { perSecond: share * lab.capacity, headers, seed: lab.seed + 1000 * s });
  };
  const [tight, loose] = [of("tight", 0.18, 0.03), of("loose", 0.72, 0.5)];
  const results = await lab.run(server, [tight, loose]);
  return [
    { name: "mixed deadlines: 30 ms (20 %)", figures: lab.figures(results, tight, 30) },
    { name: "mixed deadlines: 500 ms", figures: lab.figures(results, loose, 500) },
  ];
};

/** Calls of 1 and of 100 rows. */
function rows(load: number): Cell {
  return async (lab) => {
    const maxLatencyMs = 400;
    await using server = await lab.open({ maxLatencyMs });
    const perSecond = (load * lab.capacity) / (0.9 + 0.1 * 100);
    const many = JSON.stringify(Array(100).fill(1));
    const flows = [
      lab.flow("one", { perSecond: 0.9 * perSecond }),
      lab.flow("hundred", {
        path: "/rows",
        body: many,
        perSecond: 0.1 * perSecond,
        seed: lab.seed + 9,
      }),
    ];
    const before = await lab.computed(server);
    const results = await lab.run(server, flows);
    const computed = (await lab.computed(server)) - before;
    const answered = (name: string): number =>
      (results.ended[name] ?? []).filter(({ status }) => status === 200).length;
    const useful = (answered("one") + 100 * answered("hundred")) / computed;
    return flows.map((flow) => ({
      name: `rows 1 and 100, load ${load}: ${flow.name}`,
      figures: { ...lab.figures(results, flow, maxLatencyMs), "rows answered/computed": useful },
    }));
  };
}

/** Calls that can only be joined with one in a thousand. */
const shapes: Cell = async (lab) => {
  const maxLatencyMs = 200;
  await using server = await lab.open({ maxLatencyMs });
  // Nearly every batch has one row.
  const perSecond = 0.8 * capacityOf(lab.settings.cost, 1);
  const flows = Array.from({ length: 1000 }, (_, at) =>
    lab.flow(`${at}`, {
      path: "/shaped",
      body: `${1 + at}`,
      perSecond: perSecond / 1000,
      seed: lab.seed * 1000 + at,
    }),
  );
  const results = await lab.run(server, flows);
  const all = Object.values(results.ended).flat();
  const flow = lab.flow("all");
  const figures = lab.figures({ ...results, ended: { all } }, flow, maxLatencyMs);
  return [{ name: "1,000 shapes", figures: { ...figures, ...clientOf(results) }, target: EVERY }];
};

/** 100,000 calls at once, of the process's own. */
const burst: Cell = async (lab) => {
  await using server = await lab.open({ maxQueueRows: 100_000 });
  const count = Math.min(100_000, Math.round(10 * lab.capacity));
  const rate = async (calls: number): Promise<number> => {
    const startedAt = performance.now();
    const url = `http://127.0.0.1:${server.port}/burst`;
    const answer = await fetch(url, { method: "POST", body: `${calls}` });
    const answered = Number(await answer.text());
    return (1000 * answered) / (performance.now() - startedAt) / lab.capacity;
  };
  const figures = { "64 at once": await rate(64), [`${count} at once`]: await rate(count) };
  return [{ name: "many waiting: rate/capacity", figures, target: "as with few" }];
};

/** A second runner beside an overloaded one. */
const runners: Cell = async (lab) => {
  const maxLatencyMs = 50;
  await using server = await lab.open({ maxLatencyMs }, { second: true });
  const quiet = lab.flow("quiet", { path: "/other", perSecond: 20 });
  const busy = lab.flow("busy", { perSecond: 2 * lab.capacity, seed: lab.seed + 100 });
  const results = await lab.run(server, [quiet, busy]);
  return [
    { name: "two runners: quiet", figures: lab.figures(results, quiet, maxLatencyMs) },
    { name: "two runners: overloaded", figures: lab.figures(results, busy, maxLatencyMs) },
  ];
};

/** The cells by their names. */
export const CELLS: Readonly<Record<string, Cell>> = {
  "50x3": deadline(50, 3, `goodput/capacity >= 0.9, ${EVERY}`),
  "50x0.9": deadline(50, 0.9, `in time >= 97 %, ${EVERY}`),
  "20x0.7": deadline(20, 0.7, `in time >= 85 %, ${EVERY}`),
  "200x1.5": deadline(200, 1.5, EVERY),
  small: beside("/small", "/call", (lab) => 2.3 * lab.capacity),
  plain: beside("/call", "/plain", () => 300),
  greedy: shared("Authorization", "Bearer polite", "Bearer greedy", 1000),
  lanes: shared("Ekiben-Lane", "interactive", "bulk", 500),
  impatient: impatient({ "Request-Timeout": "0.3" }),
  leaving: impatient({}),
  pause: disturbed("a pause of 3 s", pause),
  batch: disturbed("a batch of 5 s", slowBatch(5000)),
  // Below the limit from which a worker is taken to hang.
  outlier: disturbed("a batch of 0.9 s", slowBatch(900)),
  off: deadline(50, 0.9, EVERY, { strategy: off() }),
  "off x3": deadline(50, 3, EVERY, { strategy: off() }),
  fixedWindow: deadline(50, 0.7, EVERY, { strategy: fixedWindow({ waitMs: 5 }) }),
  targetLatency: deadline(100, 0.7, EVERY, { strategy: targetLatency({ latencyMs: 60 }) }),
  mixed,
  deadlines,
  rows: rows(0.8),
  "rows x2": rows(2),
  shapes,
  burst,
  runners,
};
