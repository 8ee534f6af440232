/**
 * JSON with folding.
 * @module
 */

import { h } from "../dom.ts";

/** The most items of a list or an object that are shown. */
const MAX_ITEMS = 200;

/** The most characters of a text that are shown. */
const MAX_TEXT = 2000;

/** Makes a tree of a JSON value. What is long is folded. */
export function tree(value: unknown, name = "", depth = 0): HTMLElement {
  const label = name === "" ? undefined : h("span", { class: "key" }, `${name}: `);
  if (typeof value !== "object" || value === null) {
    return h("div", { class: "leaf" }, label, leaf(value));
  }
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const line = isList && entries.every(([, each]) => typeof each !== "object" || each === null);
  const text = line ? JSON.stringify(value) : "";
  if (line && text.length <= 80) {
    return h("div", { class: "leaf" }, label, h("code", {}, text));
  }
  const summary = isList ? `[ ${entries.length} ]` : `{ ${entries.length} }`;
  const details = h("details", { class: "branch", open: depth < 2 && entries.length <= 50 });
  details.append(h("summary", {}, label ?? "", summary));
  let isFilled = false;
  const fillIn = (): void => {
    if (isFilled || !details.open) return;
    isFilled = true;
    const shown = entries.slice(0, MAX_ITEMS);
    details.append(...shown.map(([key, each]) => tree(each, key, depth + 1)));
    const rest = entries.length - shown.length;
    if (rest > 0) details.append(h("div", { class: "leaf hint" }, `… and ${rest} more`));
  };
  // A branch is made when it is opened: an answer may have a million numbers.
  details.addEventListener("toggle", fillIn);
  fillIn();
  return details;
}

function leaf(value: unknown): HTMLElement {
  const text = JSON.stringify(value) ?? "undefined";
  const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return h("code", { class: value === null ? "null" : typeof value }, shown);
}
