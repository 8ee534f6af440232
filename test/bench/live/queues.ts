/** Situations of a queue: calls of many rows, of many shapes, and many calls. */
import { type Cell, clientOf, EVERY } from "./cell.ts";
import { capacityOf, costMs } from "./cost-curve.ts";
import { figuresOf, type Line, rateOf } from "./figures.ts";

/** Calls of 1 and of 100 rows. */
export function rows(load: number): Cell {
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
export const shapes: Cell = async (lab) => {
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
export const burst: Cell = async (lab) => {
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

/** The throughput of 32 callers with the default size of batches, against each fixed size. */
export const sizes: Cell = async (lab) => {
  const rates: Record<string, number> = {};
  for (const maxBatchSize of [100, 1, 2, 4, 8, 16, 32]) {
    await using server = await lab.open({ maxBatchSize });
    const { ended } = await lab.run(server, [lab.flow("calls", { callers: 32, seconds: 4 })]);
    rates[maxBatchSize] = rateOf(ended["calls"] ?? [], 1500, 4000);
  }
  const { 100: byDefault = 0, ...fixed } = rates;
  const best = Math.max(...Object.values(fixed));
  const figures = { "default/best fixed size": byDefault / best, default: byDefault, ...fixed };
  return [{ name: "32 callers, calls/s by size", figures, target: "ratio >= 0.97" }];
};

/** The lengths of texts: a log-normal distribution, by the middles of 16 equal parts. */
const LENGTHS = [4, 4, 4, 5, 7, 9, 11, 14, 16, 20, 25, 32, 42, 58, 90, 190];

/** Rows of unlike weight, as texts are, in batches by their weights and by their number. */
export const lengths: Cell = async (lab) => {
  const maxLatencyMs = 1000;
  const { cost } = lab.settings;
  const meanMs = LENGTHS.reduce((sum, each) => sum + costMs(cost, each), 0) / LENGTHS.length;
  const capacity = 1000 / meanMs; // one by one
  const lines: Line[] = [];
  for (const path of ["/weighed", "/counted"]) {
    await using server = await lab.open({ maxLatencyMs });
    for (const load of [0.8, 2]) {
      const flows = LENGTHS.map((length, at) =>
        lab.flow(`${at}`, {
          path,
          body: `${length}`,
          perSecond: (load * capacity) / LENGTHS.length,
          seed: lab.seed * 100 + at,
        }),
      );
      const all = Object.values((await lab.run(server, flows)).ended).flat();
      const { seconds } = lab.settings;
      const figures = figuresOf(all, { deadlineMs: maxLatencyMs, seconds, capacity });
      lines.push({ name: `${path} rows of unlike weight, load ${load}`, figures });
    }
  }
  return lines;
};
