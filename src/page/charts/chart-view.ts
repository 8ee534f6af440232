/**
 * ChartView: one chart of the page: its title, a canvas, a legend with values, and a sentence.
 * @module
 */

import uPlot from "uplot";
import { h } from "../dom.ts";
import { formatValue } from "./format.ts";
import { type Columns, History } from "./history.ts";
import { Legend } from "./legend.ts";
import type { Panel, Reading } from "./panels.ts";
import { plotOptions } from "./plot-options.ts";
import { setText } from "./set-text.ts";

/** The height of a canvas, in pixels of CSS. */
const HEIGHT = 170;

/** A place of the cursor at which it is not seen. */
const OUTSIDE = -10;

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export class ChartView {
  readonly element: HTMLElement;
  readonly #panel: Panel;
  readonly #history = new History();
  readonly #legend: Legend;
  readonly #plot: HTMLDivElement = h("div", { class: "chart-plot", tabindex: "0" });
  readonly #note: HTMLParagraphElement = h("p", { class: "chart-note" });
  readonly #resized: ResizeObserver;
  #chart: { readonly uplot: uPlot; readonly names: readonly string[] } | undefined;
  /** The time that a pointer or a key has chosen, in any chart; undefined for now. */
  #at: number | undefined;
  readonly #onChoose: (seconds: number | undefined) => void;

  /** @param onChoose called with a time that was chosen here, in seconds; undefined for now */
  constructor(panel: Panel, onChoose: (seconds: number | undefined) => void) {
    this.#panel = panel;
    this.#onChoose = onChoose;
    this.#legend = new Legend(panel);
    const id = `chart-${panel.id}`;
    this.element = h(
      "section",
      { class: "chart", "data-chart": panel.id, "aria-labelledby": id },
      h("h3", { id, class: "chart-title" }, panel.title),
      h("p", { class: "chart-about" }, panel.about),
      this.#plot,
      this.#legend.element,
      this.#note,
    );
    this.#plot.setAttribute("role", "img");
    this.#plot.addEventListener("keydown", (event) => this.#key(event));
    this.#plot.addEventListener("blur", () => this.#choose(undefined));
    this.#resized = new ResizeObserver(() => this.#resize());
    this.#resized.observe(this.#plot);
    this.#describe();
  }

  /** False until there is a value. */
  get isEmpty(): boolean {
    return this.#history.names.length === 0;
  }

  /** Adds the values of a time, in seconds since 1970. */
  add(seconds: number, reading: Reading, note: string): void {
    this.#history.add(seconds, reading);
    const { hidden } = this.#history;
    const more = hidden === 0 ? "" : `${hidden} more with smaller values are not shown. `;
    setText(this.#note, `${more}${note}`);
    this.draw();
  }

  /** Breaks the lines. */
  addGap(seconds: number): void {
    this.#history.addGap(seconds);
    this.draw();
  }

  /** Draws all, with the colours that the page has now. */
  draw(): void {
    const { names } = this.#history;
    this.#legend.setNames(names);
    this.#describe();
    if (names.length === 0 || this.#plot.clientWidth === 0) return;
    const data = dataOf(this.#history.columns());
    if (this.#chart !== undefined && sameTexts(this.#chart.names, names)) {
      this.#chart.uplot.setData(data);
      return;
    }
    this.#chart?.uplot.destroy();
    const size = { width: this.#plot.clientWidth, height: HEIGHT };
    const options = plotOptions(this.#panel, names, {
      size,
      colour: (at) => this.#legend.colour(at),
      styleOf: () => getComputedStyle(this.#plot),
      choose: (row) => this.#choose(row),
    });
    this.#chart = { uplot: new uPlot(options, data, this.#plot), names };
    this.#chart.uplot.root.setAttribute("aria-hidden", "true");
  }

  dispose(): void {
    this.#resized.disconnect();
    this.#chart?.uplot.destroy();
    this.#chart = undefined;
  }

  #resize(): void {
    const width = this.#plot.clientWidth;
    if (this.#chart === undefined) this.draw();
    else if (width > 0) this.#chart.uplot.setSize({ width, height: HEIGHT });
  }

  /** Shows the values of a time that was chosen in another chart. */
  showAt(seconds: number | undefined): void {
    this.#at = seconds;
    this.#moveCursor();
    this.#describe();
  }

  #choose(row: number | undefined): void {
    const seconds = row === undefined ? undefined : this.#history.secondsAt(row);
    if (seconds === this.#at) return;
    this.#at = seconds;
    this.#describe();
    this.#onChoose(seconds);
  }

  /** The row of the chosen time. */
  get #row(): number | undefined {
    return this.#at === undefined ? undefined : this.#history.rowAt(this.#at);
  }

  #moveCursor(): void {
    const uplot = this.#chart?.uplot;
    const left = this.#at === undefined ? OUTSIDE : (uplot?.valToPos(this.#at, "x") ?? OUTSIDE);
    uplot?.setCursor({ left, top: left === OUTSIDE ? OUTSIDE : 0 }, false);
  }

  /** Chooses a time by the arrow keys, as a pointer does. */
  #key(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined && event.key !== "Escape") return;
    event.preventDefault();
    const last = this.#history.length - 1;
    const row = Math.min(last, Math.max(0, (this.#row ?? last) + (step ?? 0)));
    this.#choose(step === undefined ? undefined : row);
    this.#moveCursor();
  }

  /** Says in words what the chart shows, at the chosen time. */
  #describe(): void {
    const { title, unit } = this.#panel;
    const { names } = this.#history;
    const row = this.#row;
    const texts = names.map((name) => {
      const value = this.#history.value(name, row);
      return value === undefined ? undefined : formatValue(value, unit);
    });
    this.#legend.setValues(texts);
    const when = this.#at === undefined ? "now" : `at ${TIME.format(this.#at * 1000)}`;
    const values = names.map((name, at) => `${name} ${texts[at] ?? "no value"}`).join(", ");
    const summary = names.length === 0 ? "no values yet" : `${when}: ${values}`;
    this.#plot.setAttribute("aria-label", `${title}, ${summary}`);
    this.element.classList.toggle("chart-empty", names.length === 0);
  }
}

function dataOf({ seconds, values }: Columns): uPlot.AlignedData {
  return [seconds as number[], ...(values as (number | null)[][])];
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}
