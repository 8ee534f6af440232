/**
 * Expansion of `${NAME}` and `${NAME:-default}` in the strings of a configuration.
 * @module
 */

import { Expanded } from "./expanded.ts";
import { isMapping } from "./mapping.ts";
import { parseScalar } from "./yaml-text.ts";

/** The environment variables of a process by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The most levels of nesting. */
export const MAX_DEPTH = 16;

const MAX_VALUES = 10_000;
const MAX_TEXT_LENGTH = 1_000;

/**
 * Returns a copy of a configuration with the values of variables in its strings: as strings, or as
 * `Expanded` if YAML would read another type. As in a shell, a default replaces an empty variable
 * too.
 *
 * @throws Error for a variable that is not set and has no default, and for a configuration that is
 *   nested too deep, has too many values, or too long ones
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
    // Without the properties that it inherits from Object.
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
