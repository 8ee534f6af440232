/** The tables of docs/runtimes.md, made from the rows of the cases. */
import type { Row } from "../cases.ts";
import { PLACES, type Place } from "./target.ts";

/** Returns the lines of the table of features: `yes`, or `no` where a place lacks one. */
export function featureTable(rows: readonly Row[]): readonly string[] {
  return [
    lineOf("feature", ...PLACES.map(titleOf)),
    lineOf("---", ...PLACES.map(() => "---")),
    ...rows.map(({ name, lacking = {} }) =>
      lineOf(name, ...PLACES.map((place) => (lacking[place] === undefined ? "yes" : "no"))),
    ),
  ];
}

/** Returns the lines of the table of reasons, one for each reason of a feature. */
export function reasonTable(rows: readonly Row[]): readonly string[] {
  return [
    lineOf("feature", "not in", "why"),
    lineOf("---", "---", "---"),
    ...rows.flatMap(({ name, lacking = {} }) => {
      const reasons = new Map<string, Place[]>();
      for (const place of PLACES) {
        const reason = lacking[place];
        if (reason !== undefined) reasons.set(reason, [...(reasons.get(reason) ?? []), place]);
      }
      return [...reasons].map(([reason, places]) =>
        lineOf(name, places.map(titleOf).join(", "), reason),
      );
    }),
  ];
}

function titleOf(place: Place): string {
  return place === "app()" ? "`app()`" : place;
}

function lineOf(...cells: readonly string[]): string {
  const isRule = cells.every((cell) => cell === "---");
  return isRule ? `|${cells.join("|")}|` : `| ${cells.join(" | ")} |`;
}
