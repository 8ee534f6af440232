/**
 * mountCharts(): live charts of a service, from its own metrics.
 * @module
 */

import { systemClock } from "../../clock.ts";
import { h } from "../dom.ts";
import { ChartView } from "./chart-view.ts";
import { Growth, type Scrape } from "./growth.ts";
import { ModelsView } from "./models-view.ts";
import { PANELS, type Panel } from "./panels.ts";
import { MAX_POLL_MS, Poller, type PollState } from "./poller.ts";
import { setText } from "./set-text.ts";

/** Where the service is, and how it is asked. */
export interface ChartsContext {
  /** The URL or the path below which the service is, with or without a slash at its end. */
  readonly base: string;
  /** Returns the headers of the next request, such as those with a key. */
  headers(): HeadersInit;
}

/**
 * Shows charts in an element, and keeps them up to date while the page is visible.
 *
 * @returns a function that ends that and empties the element
 */
export function mountCharts(host: HTMLElement, context: ChartsContext): () => void {
  const charts = new Charts(host, context);
  return () => charts.dispose();
}

/** The panels that are there from the start; the others appear with their first values. */
const ALWAYS: readonly string[] = ["requests", "statuses", "latency"];

/** What a user is told of the state. */
const STATES: Readonly<Record<Exclude<PollState["is"], "failing">, string>> = {
  waiting: "Asking the server for its metrics …",
  live: "Live: from the server's own metrics, of the last ten minutes.",
  paused: "Paused.",
  disabled: "Metrics are disabled on this server, so there is nothing to draw.",
  locked: "The metrics need a key. Enter one above.",
};

class Charts {
  readonly #host: HTMLElement;
  readonly #poller: Poller;
  readonly #views = PANELS.map((panel) => ({
    panel,
    view: new ChartView(panel, (seconds) => this.#choose(seconds, panel)),
  }));
  readonly #models = new ModelsView();
  readonly #status = h("p", { class: "charts-status", role: "status" });
  readonly #button = h("button", { type: "button", class: "charts-pause" }, "Pause");
  readonly #end = new AbortController();
  /** True if the user has chosen so. */
  #isPaused = false;
  #last: Scrape | undefined;
  #scrapes = 0;
  /** The date of the clock's zero, in milliseconds: dates may go backwards, its times do not. */
  #epochMs = 0;

  constructor(host: HTMLElement, { base, headers }: ChartsContext) {
    this.#host = host;
    this.#poller = new Poller({
      url: `${base.replace(/\/$/, "")}/metrics`,
      headers,
      fetch: (url, init) => fetch(url, init),
      clock: systemClock,
      onScrape: (scrape) => this.#scraped(scrape),
      onState: (state) => this.#show(state),
    });
    const grid = h("div", { class: "charts-grid" });
    grid.append(...this.#views.map(({ view }) => view.element), this.#models.element);
    const title = h("div", {}, h("h2", {}, "Live metrics"), this.#status);
    const bar = h("div", { class: "charts-bar" }, title, this.#button);
    host.classList.add("charts");
    host.replaceChildren(bar, grid);
    this.#showPanels();
    const { signal } = this.#end;
    this.#button.addEventListener("click", () => this.#toggle(), { signal });
    document.addEventListener("visibilitychange", () => this.#follow(), { signal });
    const redraw = (): void => this.#redraw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw, { signal });
    const themes = new MutationObserver(redraw);
    themes.observe(document.documentElement, { attributes: true });
    signal.addEventListener("abort", () => themes.disconnect());
    this.#follow();
  }

  dispose(): void {
    this.#end.abort();
    this.#poller.pause();
    for (const { view } of this.#views) view.dispose();
    this.#host.replaceChildren();
  }

  #toggle(): void {
    this.#isPaused = !this.#isPaused;
    setText(this.#button, this.#isPaused ? "Go on" : "Pause");
    this.#follow();
  }

  /** Polls while somebody can see it. */
  #follow(): void {
    if (this.#isPaused || document.visibilityState === "hidden") this.#poller.pause();
    else this.#poller.start();
  }

  #show(state: PollState): void {
    const text =
      state.is === "failing"
        ? `The server does not answer as expected: ${state.why}. Trying again.`
        : STATES[state.is];
    setText(this.#status, text);
    this.#host.dataset["state"] = state.is;
  }

  #scraped(scrape: Scrape): void {
    this.#epochMs = Math.max(this.#epochMs, Date.now() - scrape.seconds * 1000);
    const at = this.#epochMs / 1000 + scrape.seconds;
    const before = this.#last;
    this.#last = scrape;
    this.#models.show(scrape.samples);
    const isNear = before !== undefined && scrape.seconds - before.seconds <= 1.5 * MAX_SECONDS;
    const growth = isNear ? Growth.between(before, scrape) : undefined;
    for (const { panel, view } of this.#views) {
      if (growth === undefined) view.addGap(at);
      else view.add(at, panel.read(growth), panel.note?.(growth) ?? "");
    }
    this.#showPanels();
    this.#host.dataset["scrapes"] = String(++this.#scrapes);
  }

  #showPanels(): void {
    for (const { panel, view } of this.#views) {
      view.element.hidden = view.isEmpty && !ALWAYS.includes(panel.id);
    }
  }

  /** Shows in the other charts the time that was chosen in one. */
  #choose(seconds: number | undefined, chosen: Panel): void {
    for (const { panel, view } of this.#views) if (panel !== chosen) view.showAt(seconds);
  }

  #redraw(): void {
    for (const { view } of this.#views) view.draw();
  }
}

const MAX_SECONDS = MAX_POLL_MS / 1000;
