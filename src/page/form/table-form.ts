/**
 * The forms of tables: a data frame as JSON, CSV or a file; a series as JSON.
 * @module
 */

import type { IoInfo } from "../apis.ts";
import { field, h } from "../dom.ts";
import { tabs } from "../tabs.ts";
import { filePicker } from "./file-picker.ts";
import { type Content, type Form, FormError, type OnChange } from "./form.ts";
import type { FormContext } from "./form-of.ts";
import { jsonArea } from "./json-form.ts";

/** The media types of tables, by the end of a file's name. */
const TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  json: "application/json",
  parquet: "application/vnd.apache.parquet",
};

/** Makes the form of a data frame. */
export function tableForm(label: string, io: IoInfo, onChange: OnChange): Form {
  const columns = io.columns ?? ["a", "b"];
  const rows = JSON.stringify(exampleTable(columns, io.orient), undefined, 2);
  const asJson = jsonArea(label, rows, {}, (each) => each, onChange);
  const csv = h("textarea", { rows: 5, class: "code", oninput: () => onChange("edited") });
  csv.spellcheck = false;
  csv.value = `${columns.join(",")}\n${columns.map((_, at) => at + 1).join(",")}`;
  const accept = [".csv", ".json", ".parquet"];
  const picker = filePicker("Choose a CSV, JSON or Parquet file", accept, () => onChange("edited"));
  const source = tabs("How to give the table", [
    { label: "JSON", panel: asJson.element },
    { label: "CSV", panel: field(label, csv) },
    { label: "File", panel: picker.element },
  ]);
  picker.acceptDrops(source.element, () => source.show(2));
  return {
    element: h("fieldset", {}, h("legend", {}, label), source.element),
    read() {
      if (source.shown === 0) return asJson.read();
      if (source.shown === 1) return { kind: "text", text: csv.value, type: "text/csv" };
      return fileOf(picker.file);
    },
  };
}

function fileOf(file: File | undefined): Content {
  if (file === undefined) throw new FormError("Choose a file first");
  const suffix = /\.(\w+)$/.exec(file.name)?.[1]?.toLowerCase() ?? "";
  const type = TYPES[suffix] ?? file.type;
  if (type === "") throw new FormError("Choose a file whose name ends in .csv, .json or .parquet");
  return { kind: "file", file, name: file.name, type };
}

/** Returns a table of two rows, in the shape of pandas' `orient`. */
export function exampleTable(columns: readonly string[], orient = "records"): unknown {
  const rows = [0, 1].map((row) => columns.map((_, at) => row * columns.length + at + 1));
  const record = (row: readonly number[] = []) =>
    Object.fromEntries(columns.map((name, at) => [name, row[at]]));
  switch (orient) {
    case "values":
      return rows;
    case "split":
      return { columns, index: [0, 1], data: rows };
    case "index":
      return { 0: record(rows[0]), 1: record(rows[1]) };
    case "columns":
      return Object.fromEntries(
        columns.map((name, at) => [name, { 0: rows[0]?.[at], 1: rows[1]?.[at] }]),
      );
    default:
      return rows.map(record);
  }
}

/** Makes the form of a series. */
export function seriesForm(label: string, io: IoInfo, context: FormContext): Form {
  const cells = io.dtype === "string" ? ["a", "b"] : io.dtype === "bool" ? [true, false] : [1, 2];
  const indexed = Object.fromEntries(cells.map((cell, at) => [at, cell]));
  const split = { name: "values", index: [0, 1], data: cells };
  const example = io.orient === "index" ? indexed : io.orient === "split" ? split : cells;
  const { resolve, onChange } = context;
  return jsonArea(label, JSON.stringify(example), io.schema, resolve, onChange);
}
