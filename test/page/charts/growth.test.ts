import assert from "node:assert/strict";
import { test } from "node:test";
import { Growth } from "../../../src/page/charts/growth.ts";
import { parseMetrics } from "../../../src/page/charts/parse-metrics.ts";

/** Returns a scrape of a server that started at a time, or does not say when. */
function scrape(seconds: number, started: number | undefined, text: string) {
  const start = started === undefined ? "" : `process_start_time_seconds ${started}\n`;
  return { samples: parseMetrics(start + text), seconds, date: 1000 + Math.floor(seconds) };
}

const ABC = (a: number, b: number): string => `x_total{of="a"} ${a}\nx_total{of="b"} ${b}`;

const cases: readonly {
  readonly name: string;
  readonly before: Parameters<typeof scrape>;
  readonly after: Parameters<typeof scrape>;
  /** By the label `of`; undefined where there is no growth. */
  readonly grown: Readonly<Record<string, number>> | undefined;
}[] = [
  {
    name: "a server that goes on",
    before: [0, 900.5, ABC(1, 5)],
    after: [2, 900.5, ABC(4, 5)],
    grown: { a: 3, b: 0 },
  },
  {
    name: "a series that is new",
    before: [0, 900.5, 'x_total{of="a"} 1'],
    after: [2, 900.5, ABC(1, 7)],
    grown: { a: 0, b: 7 },
  },
  {
    name: "a series that was removed and created again",
    before: [0, 900.5, ABC(1, 5)],
    after: [2, 900.5, ABC(2, 3)],
    grown: { a: 1, b: 3 },
  },
  {
    name: "a restart, after which one has grown beyond what it was",
    before: [0, 900.5, ABC(1, 5)],
    after: [2, 1001.2, ABC(4, 2)],
    grown: { a: 4, b: 2 },
  },
  {
    name: "a restart of a server that does not say when it started",
    before: [0, undefined, ABC(1, 5)],
    after: [2, undefined, ABC(4, 2)],
    grown: { a: 4, b: 2 },
  },
  {
    name: "another server, which has run for longer",
    before: [0, 900.5, ABC(1, 5)],
    after: [2, 800, ABC(400, 200)],
    grown: undefined,
  },
  {
    name: "another server, which started later, but before the last scrape",
    before: [0, 800, ABC(400, 200)],
    after: [2, 900.5, ABC(401, 201)],
    grown: undefined,
  },
];

for (const { name, before, after, grown } of cases) {
  test(`Growth: ${name}`, () => {
    const growth = Growth.between(scrape(...before), scrape(...after));
    const found = growth?.of("x_total").map(({ labels, value }) => [labels["of"], value]);
    assert.deepEqual(found && Object.fromEntries(found), grown);
    assert.equal(growth?.seconds, grown && 2);
    if (growth !== undefined) assert.deepEqual(growth.of("none"), []);
  });
}

test("Growth.find() returns the metric with an ending and a label, but without another", () => {
  const text = 'a_request_total{c="1",d="1"} 1\nb_request_total{c="1"} 2\nc_request_total 3';
  const growth = Growth.between(scrape(0, 1, text), scrape(2, 1, text));
  assert.equal(growth?.find("_request_total", "c", "d"), "b_request_total");
  assert.equal(growth?.find("_request_total", "e", "d"), "_request_total");
});
