/**
 * The bars of scores. They are updated in place, so that they move while the user draws.
 * @module
 */

import { h } from "../dom.ts";
import { numberText } from "../text.ts";
import type { Score } from "./blocks.ts";

/** The most bars: of more scores, the highest are shown. */
const MAX_BARS = 20;

/** Makes the bars of scores; the highest is marked. */
export function bars(title: string, scores: readonly Score[]): HTMLElement {
  const isCut = scores.length > MAX_BARS;
  const shown = isCut ? scores.toSorted((a, b) => b.score - a.score).slice(0, MAX_BARS) : scores;
  const highest = Math.max(...shown.map(({ score }) => score));
  const lowest = Math.min(...shown.map(({ score }) => score), 0);
  // Probabilities fill the whole track at 1; others, such as logits, at the highest.
  const areParts = lowest >= 0 && highest <= 1 + 1e-6;
  const most = areParts ? 1 : highest;
  const range = most - lowest || 1;
  const rows = shown.map(({ label, score }) => {
    const bar = h("span", { class: "bar" });
    bar.style.width = `${Math.max(0, Math.min(1, (score - lowest) / range)) * 100}%`;
    const text = areParts ? percentText(score) : numberText(score);
    return h(
      "tr",
      { class: score === highest ? "highest" : undefined },
      h("th", { scope: "row" }, label),
      h("td", { class: "track", "aria-hidden": "true" }, bar),
      h("td", { class: "score" }, text),
    );
  });
  const caption = isCut ? `${title} (the highest ${MAX_BARS} of ${scores.length})` : title;
  return h(
    "table",
    { class: "bars" },
    caption !== "" && h("caption", {}, caption),
    h("tbody", {}, ...rows),
  );
}

function percentText(part: number): string {
  const percent = part * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  return `${percent.toFixed(percent >= 99.95 ? 0 : 1)} %`;
}

/** Copies new bars onto shown ones, whose widths then move. Returns false if they do not match. */
export function moveBars(shown: Element, next: Element): boolean {
  const [old, fresh] = [rowsOf(shown), rowsOf(next)];
  const isSame = old.length === fresh.length && captionOf(shown) === captionOf(next);
  if (!isSame || old.some((row, at) => labelOf(row) !== labelOf(fresh[at]))) return false;
  for (const [at, row] of old.entries()) {
    const from = fresh[at];
    if (from === undefined) continue;
    row.className = from.className;
    const [bar, score] = [row.querySelector<HTMLElement>(".bar"), row.querySelector(".score")];
    if (bar !== null) bar.style.width = from.querySelector<HTMLElement>(".bar")?.style.width ?? "";
    if (score !== null) score.textContent = from.querySelector(".score")?.textContent ?? "";
  }
  return true;
}

function rowsOf(table: Element): readonly Element[] {
  return [...table.querySelectorAll("tbody > tr")];
}

function captionOf(table: Element): string {
  return table.querySelector("caption")?.textContent ?? "";
}

function labelOf(row: Element | undefined): string {
  return row?.querySelector("th")?.textContent ?? "";
}
