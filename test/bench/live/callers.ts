/** Situations with several kinds of callers: of methods, runners and lanes, greedy or impatient. */
import { type Cell, clientOf, EVERY } from "./cell.ts";
import { capacityOf } from "./cost-curve.ts";
import { type Line, rateOf, times } from "./figures.ts";
import type { Lab } from "./lab.ts";

/** Few calls of one method beside an overloaded one. */
export function beside(few: string, many: string, perSecond: (lab: Lab) => number): Cell {
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
export function shared(header: string, few: string, many: string, callers: number): Cell {
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
export function impatient(headers: Readonly<Record<string, string>>): Cell {
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

/** Everything at once: lanes, greedy and impatient callers, and a second method. */
export const mixed: Cell = async (lab) => {
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
  return flows.map((flow) => {
    const rate = rateOf(results.ended[flow.name] ?? [], 1000, 1000 * seconds) / lab.capacity;
    const figures = flow.callers === undefined ? lab.figures(results, flow, 300) : {};
    return { name: `all at once: ${flow.name}`, figures: { ...figures, "rate/capacity": rate } };
  });
};

/** Deadlines of the callers' own. */
export const deadlines: Cell = async (lab) => {
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

/** A second runner beside an overloaded one. */
export const runners: Cell = async (lab) => {
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

/** Calls of a plain method, which are not batched, beyond the capacity. */
export const plainOverload: Cell = async (lab) => {
  await using server = await lab.open({});
  const capacity = lab.settings.workers * capacityOf(lab.settings.cost, 1);
  const headers = { "Request-Timeout": "0.05" };
  const lines: Line[] = [];
  for (const load of [0.8, 2]) {
    const flow = lab.flow("plain", { path: "/plain", perSecond: load * capacity, headers });
    const figures = lab.figures(await lab.run(server, [flow]), flow, 50, capacity);
    lines.push({ name: `plain 50 ms, load ${load}`, figures, target: EVERY });
  }
  return lines;
};
