import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type MetricsRegistry, metrics, service } from "ekiben";
import { Access } from "../../src/access/access.ts";
import { CacheMetrics } from "../../src/cache/cache-metrics.ts";
import { systemClock } from "../../src/clock.ts";
import { OTHER_ENDPOINTS, OTHER_METHODS } from "../../src/page/charts/calls.ts";
import { ModelMetrics } from "../../src/repository/model-metrics.ts";
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
  for (const { name, type, datasource } of others) {
    assert.deepEqual(datasource, type === "constant" ? undefined : source, name);
  }
  for (const { type, title, datasource, targets = [] } of panels) {
    if (type === "row") continue;
    assert.deepEqual(datasource, source, title);
    assert.ok(targets.length > 0, `${title} has a query`);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    for (const target of targets) assert.deepEqual(target.datasource, source, title);
  }
});

test("grafana-dashboard.json uses all its variables, in queries and in names", () => {
  const variables = templating.list.filter(({ type }) => type === "query");
  const names = variables.map(({ name }) => name);
  assert.deepEqual(names, ["job", "service", "instance", "runner"]);
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

/** The names of all metrics of services, runners, repositories of models, and caches. */
async function allMetrics(): Promise<readonly string[]> {
  return await namesOf((registry) => {
    showDefaults(registry);
    new ModelMetrics(registry);
    new Access({}, { clock: systemClock, metrics: registry });
    const cache = { bytes: 0, size: 0 };
    new CacheMetrics(registry, { kind: "api", name: "any", version: "" }, cache);
  });
}

function showDefaults(registry: MetricsRegistry): void {
  requestCounter(service("any", { apis: {}, metrics: registry }), "http");
  showBuildInfo(registry, "any");
  const about = { serviceName: "any", serviceVersion: "any", namespace: "bentoml_runner" };
  runnerFamilies({ registry, ...about, enabled: true });
}

async function namesOf(show: (registry: MetricsRegistry) => void): Promise<readonly string[]> {
  const registry = metrics({ processMetrics: false });
  show(registry);
  const { body } = await registry.expose(null);
  const types = (await new Response(body).text()).matchAll(/^# TYPE (\S+)/gm);
  return [...types].map(([, name = ""]) => name).sort();
}

/** Returns the metrics that a text names, of histograms by the names of their samples. */
function namesIn(text: string): readonly string[] {
  const names = text.match(/\b(?:bentoml|ekiben)_[a-z_]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")))].sort();
}

const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

test("grafana-dashboard.json shows every metric, and no other", async () => {
  assert.deepEqual(namesIn(expressions.join("\n")), await allMetrics());
});

/** The histograms that are native ones, too. */
const NATIVE = /\b(bentoml_(?:api_server|runner)_request_duration_seconds)(\w*)/g;

test("the dashboard and the alerts ask for native histograms, or else classic ones", () => {
  const alerts = readFileSync(new URL("examples/deploy/alerts.yml", root), "utf8");
  const asking = [...expressions, alerts].filter((each) => each.match(NATIVE) !== null);
  assert.ok(asking.length > 5);
  for (const each of asking) {
    const asked = [...each.matchAll(NATIVE)].map(([, name, ending]) => [name, ending]);
    const [[name] = []] = asked;
    assert.deepEqual(asked, [
      [name, ""],
      [name, "_bucket"],
    ]);
  }
});

test("grafana-dashboard.json leaves probes and the page out of latencies, with exemplars", () => {
  const others = templating.list.filter(({ type }) => type === "constant");
  assert.deepEqual(
    others.map(({ name }) => name),
    ["other_endpoints", "other_methods"],
  );
  const filter = 'endpoint!~"$other_endpoints",api_name!~"$other_methods"';
  const latencies = panels
    .flatMap(({ targets = [] }) => targets)
    .filter(({ expr }) => expr.includes("bentoml_api_server_request_duration_seconds"));
  assert.ok(latencies.length >= 4);
  for (const { expr, exemplar } of latencies) {
    assert.equal(expr.split(filter).length, expr.split("request_duration_seconds").length, expr);
    assert.equal(exemplar, true, expr);
  }
  const alerts = readFileSync(new URL("examples/deploy/alerts.yml", root), "utf8");
  const selectors = [...alerts.matchAll(/endpoint!~"(.*)",\s*api_name!~"(.*)"/g)];
  assert.ok(selectors.length > 0);
  for (const selector of [
    others.map(({ query }) => query),
    ...selectors.map(([, ...all]) => all),
  ]) {
    assert.deepEqual(selector, [OTHER_ENDPOINTS, OTHER_METHODS]);
  }
});

test("docs/metrics.md lists every metric, and no other", async () => {
  const page = readFileSync(new URL("docs/metrics.md", root), "utf8");
  assert.deepEqual(namesIn(page), await allMetrics());
});

for (const name of ["alerts.yml", "README.md"]) {
  test(`examples/deploy/${name} names only metrics that exist`, async () => {
    const names = namesIn(readFileSync(new URL(`examples/deploy/${name}`, root), "utf8"));
    const known = await allMetrics();
    assert.ok(names.length > 0);
    assert.deepEqual(
      names.filter((each) => !known.includes(each)),
      [],
    );
  });
}
