import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboard, filledIn, type Panel } from "../support/dashboard.ts";

const { panels, templating } = dashboard;
const source = { type: "prometheus", uid: `\${datasource}` };

/** Grafana's grid has this many columns. */
const COLUMNS = 24;

function overlap(one: Panel, other: Panel): boolean {
  const [a, b] = [one.gridPos, other.gridPos];
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

test("grafana-dashboard.json has panels that stand beside each other, each with its own id", () => {
  assert.ok(panels.length > 20);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const [at, panel] of panels.entries()) {
    const { x, y, w, h } = panel.gridPos;
    assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= COLUMNS, panel.title);
    const other = panels.slice(at + 1).find((each) => overlap(panel, each));
    assert.equal(other, undefined, `${panel.title} lies on ${other?.title}`);
  }
});

test("grafana-dashboard.json asks the Prometheus that its user chooses", () => {
  const [first, ...others] = templating.list;
  assert.deepEqual(
    [first?.name, first?.type, first?.query],
    ["datasource", "datasource", "prometheus"],
  );
  for (const { name, datasource } of others) assert.deepEqual(datasource, source, name);
  for (const { type, title, datasource, targets = [] } of panels) {
    if (type === "row") continue;
    assert.deepEqual(datasource, source, title);
    assert.ok(targets.length > 0, `${title} has a query`);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    for (const target of targets) assert.deepEqual(target.datasource, source, title);
  }
});

test("grafana-dashboard.json uses the variables that it has, in queries and in names", () => {
  const names = templating.list.slice(1).map(({ name }) => name);
  assert.deepEqual(names, ["service", "instance", "runner"]);
  const values = Object.fromEntries(names.map((name) => [name, ["one", "t.o"]]));
  for (const { title, targets = [] } of panels) {
    for (const { expr, legendFormat } of targets) {
      assert.match(filledIn(expr, values), /=~"\(one\|t\\\\.o\)"/, title);
      // A label that is in the name must be left by the query.
      for (const [, label = ""] of legendFormat.matchAll(/{{(\w+)}}/g)) {
        const grouped = [...expr.matchAll(/ by \(([^)]*)\)/g)].map(([, labels = ""]) => labels);
        const isLeft = grouped.length === 0 || grouped[0]?.split(", ").includes(label);
        assert.ok(isLeft, `${title}: ${label}`);
      }
    }
  }
});
