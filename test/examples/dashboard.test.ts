import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { metrics, service } from "ekiben";
import { runnerFamilies } from "../../src/runner/metrics/runner-families.ts";
import { showBuildInfo } from "../../src/runtime/build-info.ts";
import { requestCounter } from "../../src/service/request-metrics.ts";
import { dashboard, filledIn, type Panel } from "../support/dashboard.ts";
import { root } from "../support/runtimes.ts";

const { panels, templating } = dashboard;
const source = { type: "prometheus", uid: `\${datasource}` };

/** Grafana's grid has this many columns. */
const COLUMNS = 24;

function overlap(one: Panel, other: Panel): boolean {
  const [a, b] = [one.gridPos, other.gridPos];
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

test("grafana-dashboard.json has panels that do not overlap, each with its own id", () => {
  assert.ok(panels.length > 20);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const [at, panel] of panels.entries()) {
    const { x, y, w, h } = panel.gridPos;
    assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= COLUMNS, panel.title);
    const other = panels.slice(at + 1).find((each) => overlap(panel, each));
    assert.equal(other, undefined, `${panel.title} lies on ${other?.title}`);
  }
});

test("grafana-dashboard.json queries the Prometheus that its user chooses", () => {
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

test("grafana-dashboard.json uses all its variables, in queries and in names", () => {
  const names = templating.list.slice(1).map(({ name }) => name);
  assert.deepEqual(names, ["service", "instance", "runner"]);
  const values = Object.fromEntries(names.map((name) => [name, ["one", "t.o"]]));
  for (const { title, targets = [] } of panels) {
    for (const { expr, legendFormat } of targets) {
      assert.match(filledIn(expr, values), /=~"\(one\|t\\\\.o\)"/, title);
      // A label that the name uses must remain in the query.
      for (const [, label = ""] of legendFormat.matchAll(/{{(\w+)}}/g)) {
        const grouped = [...expr.matchAll(/ by \(([^)]*)\)/g)].map(([, labels = ""]) => labels);
        const isLeft = grouped.length === 0 || grouped[0]?.split(", ").includes(label);
        assert.ok(isLeft, `${title}: ${label}`);
      }
    }
  }
});

/** The names of all metrics that services and runners have by default. */
async function defaultMetrics(): Promise<readonly string[]> {
  const registry = metrics({ processMetrics: false });
  requestCounter(service("any", { apis: {}, metrics: registry }), "http");
  showBuildInfo(registry, "any");
  const about = { serviceName: "any", serviceVersion: "any", namespace: "bentoml_runner" };
  runnerFamilies({ registry, ...about, enabled: true });
  const { body } = await registry.expose(null);
  const types = (await new Response(body).text()).matchAll(/^# TYPE (\S+)/gm);
  return [...types].map(([, name = ""]) => name).sort();
}

/** Returns the metrics that a text names, of histograms by the names of their samples. */
function namesIn(text: string): readonly string[] {
  const names = text.match(/\b(?:bentoml|ekiben)_[a-z_]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")))].sort();
}

test("grafana-dashboard.json shows every default metric, and no other", async () => {
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  assert.deepEqual(namesIn(expressions.join("\n")), await defaultMetrics());
});

test("docs/metrics.md lists every default metric, and no other", async () => {
  const page = readFileSync(new URL("docs/metrics.md", root), "utf8");
  assert.deepEqual(namesIn(page), await defaultMetrics());
});

for (const name of ["alerts.yml", "README.md"]) {
  test(`examples/deploy/${name} names only metrics that exist`, async () => {
    const names = namesIn(readFileSync(new URL(`examples/deploy/${name}`, root), "utf8"));
    const known = await defaultMetrics();
    assert.ok(names.length > 0);
    assert.deepEqual(
      names.filter((each) => !known.includes(each)),
      [],
    );
  });
}
