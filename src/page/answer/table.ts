/**
 * Tables of records.
 * @module
 */

import { h } from "../dom.ts";
import { numberText } from "../text.ts";

const MAX_ROWS = 100;

/** Makes a table, which scrolls within itself. */
export function table(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): HTMLElement {
  const shown = rows.slice(0, MAX_ROWS);
  const isCut = shown.length < rows.length;
  const caption =
    `${title}${isCut ? ` (the first ${MAX_ROWS} of ${rows.length} rows)` : ""}`.trim();
  const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)));
  const body = shown.map((row) => h("tr", {}, ...row.map(cell)));
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption || "Table" },
    h(
      "table",
      { class: "grid" },
      caption !== "" && h("caption", {}, caption),
      h("thead", {}, head),
      h("tbody", {}, ...body),
    ),
  );
}

function cell(value: unknown): HTMLElement {
  if (typeof value === "number") return h("td", { class: "number" }, numberText(value));
  if (value === undefined || value === null) return h("td", { class: "null" }, "–");
  return h("td", {}, String(value));
}

/** Parses CSV (RFC 4180) into rows of texts. */
export function csvRows(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cellText = "";
  let isQuoted = false;
  const endCell = (): void => {
    row.push(cellText);
    cellText = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (isQuoted) {
      if (character !== '"') cellText += character;
      else if (text[at + 1] === '"') {
        cellText += '"';
        at += 1;
      } else isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === ",") endCell();
    else if (character === "\n") {
      endCell();
      rows.push(row);
      row = [];
    } else if (character !== "\r") cellText += character;
  }
  if (cellText !== "" || row.length > 0) {
    endCell();
    rows.push(row);
  }
  return rows;
}
