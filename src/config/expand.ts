/**
 * Expansion: `${NAME}` and `${NAME:-default}` in the texts of a configuration, and a bounded copy.
 * @module
 */

import { Expanded } from "./expanded.ts";
import { isMapping } from "./mapping.ts";
import { parseScalar } from "./yaml-text.ts";

/** The variables of a process by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How deep a configuration may be nested. */
export const MAX_DEPTH = 16;

const MAX_VALUES = 10_000;
const MAX_TEXT_LENGTH = 1_000;

/**
 * A copy of a configuration in which texts have the values of variables: as texts, or as
 * `Expanded` where YAML would read something else. As in a shell, a default stands instead of an
 * empty variable too.
 *
 * @throws Error for a variable that is neither set nor has a default, and for a configuration that
 *   is nested too deep, or has too many values or too long ones
 */
export function expandVariables(configuration: unknown, environment: Environment): unknown {
  let values = 0;
  const copy = (value: unknown, depth: number): unknown => {
    values += 1;
    if (values > MAX_VALUES) throw new Error(`It must have at most ${MAX_VALUES} values`);
    if (depth > MAX_DEPTH) throw new Error(`It must be nested at most ${MAX_DEPTH} levels deep`);
    if (typeof value === "string") return expand(bounded(value), environment);
    if (Array.isArray(value)) return value.map((each) => copy(each, depth + 1));
    if (!isMapping(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [bounded(key), copy(each, depth + 1)]),
    );
  };
  return copy(configuration, 0);
}

function bounded(text: string): string {
  if (text.length <= MAX_TEXT_LENGTH) return text;
  throw new Error(
    `A text in it must be at most ${MAX_TEXT_LENGTH} characters, but one has ${text.length}: ` +
      `"${text.slice(0, 40)}…"`,
  );
}

function expand(text: string, environment: Environment): unknown {
  if (!text.includes("${")) return text;
  const expanded = text.replace(/\$\{([^}]*)\}?/g, (reference, inside: string) => {
    const [, name = "", otherwise] = /^(\w+)(?::-(.*))?$/s.exec(inside) ?? [];
    if (name === "" || !reference.endsWith("}") || inside.includes("${")) {
      throw new Error(`Cannot read "${reference}": write \${NAME} or \${NAME:-default}`);
    }
    // Not one that it inherits from Object.
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (otherwise !== undefined) return value || otherwise;
    if (value !== undefined) return value;
    throw new Error(
      `The environment variable ${name} is not set: set it, or write \${${name}:-default}`,
    );
  });
  const scalar = parseScalar(bounded(expanded));
  return scalar === expanded ? expanded : new Expanded(expanded, scalar);
}
