/**
 * ModelsView: the table of the models that are loaded.
 * @module
 */

import { h } from "../dom.ts";
import { type LoadedModel, modelsOf, shortDigest, statesOf } from "./models.ts";
import type { Samples } from "./parse-metrics.ts";

/** The most rows. */
const MAX_ROWS = 20;

const COLUMNS: readonly (readonly [title: string, textOf: (model: LoadedModel) => string])[] = [
  ["Model", ({ name }) => name],
  ["Version", ({ version }) => version],
  ["Backend", ({ backend }) => backend],
  ["Runner", ({ runner, name }) => (runner === name ? "" : runner)],
  ["State", ({ ready }) => (ready ? "ready" : "failed")],
  ["Digest", ({ digest }) => shortDigest(digest)],
];

export class ModelsView {
  readonly element: HTMLElement;
  readonly #body = h("tbody");
  readonly #head = h("tr");
  readonly #states = h("p", { class: "chart-about" });
  readonly #note = h("p", { class: "chart-note" });
  /** What is shown now. */
  #shown = "";

  constructor() {
    const table = h("table", {}, h("thead", {}, this.#head), this.#body);
    this.element = h(
      "section",
      {
        class: "chart chart-models",
        "data-chart": "models",
        "aria-labelledby": "chart-models",
      },
      h("h3", { id: "chart-models", class: "chart-title" }, "Models"),
      this.#states,
      h("div", { class: "chart-table", tabindex: "0" }, table),
      this.#note,
    );
    this.element.hidden = true;
  }

  show(samples: Samples): void {
    const models = modelsOf(samples);
    const states = statesOf(samples);
    const shown = JSON.stringify([models, states]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.hidden = models.length === 0 && states.length === 0;
    const columns = COLUMNS.filter(([, textOf]) => models.some((model) => textOf(model) !== ""));
    const head = columns.map(([title]) => h("th", { scope: "col" }, title));
    this.#head.replaceChildren(...head);
    const rows = models
      .slice(0, MAX_ROWS)
      .map((model) => h("tr", {}, ...columns.map(([, textOf]) => h("td", {}, textOf(model)))));
    this.#body.replaceChildren(...rows);
    const counts = states.map(([state, count]) => `${count} ${state}`).join(", ");
    this.#states.textContent = counts === "" ? "What the runners have loaded." : `${counts}.`;
    const left = models.length - rows.length;
    this.#note.textContent = left > 0 ? `${left} more are not shown.` : "";
  }
}
