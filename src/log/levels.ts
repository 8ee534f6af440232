/**
 * The levels of the log, by category: `info,ekiben.access=off,ekiben.runner=debug`.
 * @module
 */

import { messageOf } from "../error.ts";

/** The levels, the most talkative one first. */
export const LEVELS = ["debug", "info", "warning", "error"] as const;

/** The lowest level that is logged. */
export type LogLevel = (typeof LEVELS)[number];

/** The categories below `ekiben`; each logs at the level of `ekiben` if it has none of its own. */
export const CATEGORIES = ["access", "http", "repository", "rpc", "runner"] as const;

/** A category below `ekiben`. */
export type LogCategory = (typeof CATEGORIES)[number];

/** The levels of categories: of all, and of those that have one of their own. */
export interface LogLevels {
  readonly all?: LogLevel | "off";
  readonly categories?: Readonly<Partial<Record<LogCategory, LogLevel | "off">>>;
}

/** The words for levels that other loggers use. */
const SYNONYMS: Readonly<Record<string, LogLevel | "off">> = {
  trace: "debug",
  warn: "warning",
  critical: "error",
  fatal: "error",
  none: "off",
};

/**
 * Reads levels, separated by commas: a level is that of all categories, `category=level` that of
 * one. Later ones override earlier ones.
 *
 * @param source the name of the text, for the message
 * @throws Error for an unknown level or category
 */
export function parseLevels(text: string, source: string): LogLevels {
  try {
    let levels: LogLevels = {};
    for (const each of text.split(",")) {
      const [first = "", second] = each.split("=").map((word) => word.trim());
      if (first === "" && second === undefined) continue;
      levels = withLevel(levels, second === undefined ? "ekiben" : first, second ?? first);
    }
    return levels;
  } catch (error) {
    throw new Error(`${source} cannot be used: ${messageOf(error)}`);
  }
}

/** Combines levels: those of `over` come first. */
export function overridden(levels: LogLevels, over: LogLevels): LogLevels {
  const all = over.all ?? levels.all;
  const categories = { ...levels.categories, ...over.categories };
  return all === undefined ? { categories } : { all, categories };
}

function withLevel(levels: LogLevels, name: string, word: string): LogLevels {
  const level = levelOf(word);
  const category = name.toLowerCase().replace(/^ekiben(?:\.|$)/, "");
  if (category === "") return { ...levels, all: level };
  const known = CATEGORIES.find((each) => each === category);
  if (known === undefined) {
    throw new Error(
      `there is no category ${JSON.stringify(name.slice(0, 50))}; there are ekiben, ` +
        CATEGORIES.map((each) => `ekiben.${each}`).join(", "),
    );
  }
  return { ...levels, categories: { ...levels.categories, [known]: level } };
}

function levelOf(word: string): LogLevel | "off" {
  const lower = word.toLowerCase();
  const known = [...LEVELS, "off" as const].find((each) => each === lower);
  const level = known ?? (Object.hasOwn(SYNONYMS, lower) ? SYNONYMS[lower] : undefined);
  if (level !== undefined) return level;
  const given = JSON.stringify(word.slice(0, 50));
  throw new Error(`there is no level ${given}; there are ${LEVELS.join(", ")}, off`);
}
