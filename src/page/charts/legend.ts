/**
 * Legend: the series of a chart with their values, which screen readers read instead of the chart.
 * @module
 */

import { h } from "../dom.ts";
import type { Panel } from "./panels.ts";
import { setText } from "./set-text.ts";

/** The text for a value that there is not. */
const NONE = "–";

interface Entry {
  readonly item: HTMLLIElement;
  readonly marker: HTMLSpanElement;
  readonly value: HTMLSpanElement;
}

export class Legend {
  readonly element: HTMLUListElement;
  readonly #colours: Panel["colours"];
  #entries: readonly Entry[] = [];
  #names: readonly string[] = [];

  constructor({ title, colours }: Panel) {
    this.#colours = colours;
    const attributes = { class: "chart-legend", "aria-label": `${title}: values` };
    this.element = h("ul", attributes);
  }

  /** Shows some series; each has a colour and dashes by its place, from the style sheet. */
  setNames(names: readonly string[]): void {
    if (names.length === this.#names.length && names.every((name, at) => name === this.#names[at]))
      return;
    this.#names = names;
    this.#entries = names.map((name, at) => {
      const marker = h("span", {
        class: `chart-marker chart-series-${this.#colours?.[name] ?? at + 1}`,
        "aria-hidden": "true",
      });
      const value = h("span", { class: "chart-value" }, NONE);
      const label = h("span", { class: "chart-name" }, name);
      return { item: h("li", {}, marker, label, " ", value), marker, value };
    });
    this.element.replaceChildren(...this.#entries.map(({ item }) => item));
  }

  /** @param texts the values in the order of the series */
  setValues(texts: readonly (string | undefined)[]): void {
    for (const [at, { value }] of this.#entries.entries()) setText(value, texts[at] ?? NONE);
  }

  /** Returns the colour of a series, which may have changed with the colour scheme. */
  colour(at: number): string {
    const marker = this.#entries[at]?.marker;
    return marker === undefined ? "gray" : getComputedStyle(marker).color;
  }
}
