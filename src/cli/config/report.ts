/**
 * The settings as a text: a table of the settings of the server, and one of each runner.
 * @module
 */

import type { FoundSetting } from "./found.ts";

/** All settings. */
export interface Report {
  readonly settings: readonly FoundSetting[];
  readonly runners: readonly {
    readonly name: string;
    readonly settings: readonly FoundSetting[];
  }[];
  /** What has no effect. */
  readonly notes: readonly string[];
}

/** Returns the tables. */
export function reportText({ settings, runners }: Report): string {
  const own = settings.map(cellsOf);
  const groups = runners.map(({ name, settings: each }) => ({ name, rows: each.map(cellsOf) }));
  const widths = [0, 1].map((at) =>
    Math.max(
      ...[...own, ...groups.flatMap(({ rows }) => rows)].map((row) =>
        Math.min(row[at]?.length ?? 0, MAX_WIDTH),
      ),
    ),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    line(["SETTING", "VALUE", "FROM"]),
    ...own.map(line),
    ...groups.flatMap(({ name, rows }) => ["", title(name), ...rows.map(line)]),
  ].join("\n");
}

/** The width from which on a cell is not aligned with those below. */
const MAX_WIDTH = 56;

function title(runner: string): string {
  return runner === "*" ? "Every runner, under runners:" : `Runner ${runner}:`;
}

function cellsOf({ name, value, from }: FoundSetting): readonly string[] {
  return [name, shown(value), from];
}

function shown(value: unknown): string {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
