import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { parseMetrics } from "../../src/page/charts/parse-metrics.ts";
import { POLL_MS } from "../../src/page/charts/poller.ts";
import { type Chromium, launchChromium, type OpenPage } from "../support/chromium.ts";
import { type Running, startCli } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";
import { until } from "../support/until.ts";

const service = fileURLToPath(new URL("examples/mnist/service.ts", root));
const picture = readFileSync(new URL("examples/mnist/digits/digit-3-a.png", root));

/** The time at which pages open. */
const START = Date.UTC(2026, 0, 1, 12);

/** The charts of a page, whose time moves only when a test moves it. */
class Charts {
  readonly opened: OpenPage;
  readonly page: Page;

  private constructor(opened: OpenPage) {
    this.opened = opened;
    this.page = opened.page;
  }

  static async open(browser: Chromium, url: string): Promise<Charts> {
    const opened = await browser.open("about:blank");
    const { clock } = opened.page;
    await clock.install({ time: START });
    await clock.pauseAt(START + 1000);
    await opened.page.goto(url);
    return new Charts(opened);
  }

  async isIn(state: string): Promise<void> {
    await this.page.locator(`.charts[data-state="${state}"]`).waitFor();
  }

  status(): Promise<string | null> {
    return this.page.textContent(".charts-status");
  }

  /** Moves the time to the next scrape, and waits until it is drawn. */
  async poll(ms = POLL_MS): Promise<void> {
    const rows = () => this.page.locator(".charts").getAttribute("data-scrapes");
    const before = await rows();
    await this.page.clock.runFor(ms);
    await until(async () => (await rows()) !== before);
  }

  /** Returns the values that a chart shows, by their names. */
  async shown(id: string): Promise<Record<string, string>> {
    const items = this.page.locator(`[data-chart="${id}"] .chart-legend li`);
    const texts = await items.evaluateAll((all) =>
      all.map((item) =>
        [...item.querySelectorAll("span")].slice(1).map((each) => each.textContent),
      ),
    );
    return Object.fromEntries(texts);
  }
}

async function predict(url: string, times: number, body: BodyInit = picture): Promise<void> {
  const calls = Array.from({ length: times }, async () => {
    const response = await fetch(`${url}/predict`, { method: "POST", body, keepalive: false });
    await response.arrayBuffer();
    assert.equal(response.status, body === picture ? 200 : 400);
  });
  await Promise.all(calls);
}

/** Returns the sum of the samples of a metric of a server. */
async function sumOf(url: string, name: string): Promise<number> {
  const samples = parseMetrics(await (await fetch(`${url}/metrics`)).text());
  return (samples.get(name) ?? []).reduce((sum, { value }) => sum + value, 0);
}

describe("the charts of the page", () => {
  const cleanUp = new AsyncDisposableStack();
  let browser: Chromium;
  let server: Running;
  let charts: Charts;

  before(async () => {
    browser = cleanUp.use(await launchChromium());
    server = await startCli(["serve", service]);
    cleanUp.defer(() => server[Symbol.asyncDispose]());
    charts = await Charts.open(browser, server.url);
    await charts.isIn("live");
  });
  after(async () => await cleanUp.disposeAsync());

  test("show the requests that were sent, and nothing of the page's own", async () => {
    const { page } = charts;
    assert.equal(await page.textContent(".charts h2"), "Live metrics");
    await predict(server.url, 5); // before the first values
    await charts.poll();
    const batchesBefore = await sumOf(server.url, "ekiben_batches_total");
    await predict(server.url, 40);
    await predict(server.url, 3, "no picture");
    for (const path of ["/readyz", "/openapi.json", "/", "/metrics"])
      await fetch(server.url + path);
    await fetch(`${server.url}/missing`);
    await charts.poll();
    assert.deepEqual(await charts.shown("requests"), {
      "/predict": "21.5/s",
      "(unknown)": "0.5/s",
    });
    assert.deepEqual(await charts.shown("statuses"), {
      "succeeded (2xx)": "20/s",
      "refused (4xx)": "2/s",
    });
    const latency = await charts.shown("latency");
    assert.deepEqual(Object.keys(latency), ["p50", "p90", "p99", "mean"]);
    for (const value of Object.values(latency)) assert.match(value, /^(≤ )?\d[\d.]* (µs|ms|s)$/);
    const batches = (await sumOf(server.url, "ekiben_batches_total")) - batchesBefore;
    const reasons = Object.values(await charts.shown("reasons"));
    const rates = reasons.map((text) => Number.parseFloat(text));
    assert.equal(rates.reduce((sum, rate) => sum + rate, 0) * 2, batches);
    const rows = await charts.shown("rows");
    assert.equal(
      Number.parseFloat(rows["mnist.classify"] ?? ""),
      Number((40 / batches).toFixed(2)),
    );
    assert.deepEqual(await charts.shown("queue"), { "mnist.classify": "0" });
    const { busy, idle } = await charts.shown("workers");
    assert.ok(Math.abs(Number(busy) + Number(idle) - 1) < 0.01, `${busy} and ${idle}`);
    assert.match((await page.textContent('[data-chart="workers"] .chart-note')) ?? "", /: none\.$/);
    const model = await page.textContent('[data-chart="models"] tbody tr');
    assert.match(model ?? "", /^mnist.*ready4c436aa7cf8b$/);
    await charts.poll();
    assert.deepEqual(await charts.shown("requests"), { "/predict": "0/s", "(unknown)": "0/s" });
    assert.deepEqual(await charts.shown("latency"), { p50: "–", p90: "–", p99: "–", mean: "–" });
  });

  test("say in words what they show, now and at a time that the arrow keys choose", async () => {
    const plot = charts.page.locator('[data-chart="requests"] .chart-plot');
    assert.equal(
      await plot.getAttribute("aria-label"),
      "Requests by API, now: /predict 0/s, (unknown) 0/s",
    );
    await plot.focus();
    await charts.page.keyboard.press("ArrowLeft");
    const label = (await plot.getAttribute("aria-label")) ?? "";
    assert.match(label, /^Requests by API, at .*: \/predict 21.5\/s, \(unknown\) 0.5\/s$/);
    // The other charts are at the same time.
    assert.equal((await charts.shown("statuses"))["succeeded (2xx)"], "20/s");
    await charts.page.keyboard.press("Escape");
    assert.match((await plot.getAttribute("aria-label")) ?? "", /, now: \/predict 0\/s/);
    await plot.blur();
  });

  test("stop while they are paused, or while nobody can see them", async () => {
    const { page } = charts;
    const hide = (state: "hidden" | "visible") =>
      charts.opened.run((value: string) => {
        Object.defineProperty(document, "visibilityState", { value, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    let scrapes = 0;
    page.on("request", (request) => {
      if (request.url().endsWith("/metrics")) scrapes += 1;
    });
    for (const [stop, start] of [
      [() => hide("hidden"), () => hide("visible")],
      [() => page.click(".charts-pause"), () => page.click(".charts-pause")],
    ] as const) {
      await stop();
      await charts.isIn("paused");
      const until = scrapes;
      await page.clock.runFor(20 * POLL_MS);
      assert.equal(scrapes, until);
      await start();
      await charts.isIn("live");
      assert.equal(scrapes, until + 1);
    }
  });

  test("fit a phone, and take the colours of the scheme", async () => {
    const { page } = charts;
    const plot = page.locator('[data-chart="requests"] .chart-plot');
    const colours = () => plot.evaluate((each) => getComputedStyle(each).color);
    const light = await colours();
    await page.emulateMedia({ colorScheme: "dark" });
    assert.notEqual(await colours(), light);
    await page.setViewportSize({ width: 360, height: 800 });
    const width = await page.evaluate(() => document.scrollingElement?.scrollWidth);
    assert.equal(width, 360);
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    charts.opened.assertClean();
  });

  test("go on after the server was started again, with its new counts", async () => {
    const port = Number(new URL(server.url).port);
    server.kill("SIGKILL");
    await server.ended;
    await charts.page.clock.runFor(POLL_MS);
    await charts.isIn("failing");
    assert.match((await charts.status()) ?? "", /^The server does not answer as expected: /);
    server = await startCli(["serve", service], { port });
    await predict(server.url, 6);
    await charts.poll();
    await charts.isIn("live");
    assert.equal((await charts.shown("requests"))["/predict"], "1.5/s"); // in the time of the gap
    await predict(server.url, 4);
    await charts.poll();
    assert.equal((await charts.shown("requests"))["/predict"], "2/s");
  });
});

test("the charts of the page say that metrics are disabled, or that they need a key", async () => {
  await using cleanUp = new AsyncDisposableStack();
  const browser = cleanUp.use(await launchChromium());
  const env = { EKIBEN_CONFIG_OPTIONS: "api_server.metrics.enabled=false" };
  const server = cleanUp.use(await startCli(["serve", service], { env }));
  const charts = await Charts.open(browser, server.url);
  await charts.isIn("disabled");
  assert.match((await charts.status()) ?? "", /^Metrics are disabled/);
  assert.equal(await charts.page.locator(".charts-grid").isVisible(), false);
});
