/** The Grafana dashboard of examples/deploy. */
import { readFileSync } from "node:fs";
import { root } from "./runtimes.ts";

/** A reference to a source of data. */
export interface DataSource {
  readonly type: string;
  readonly uid: string;
}

/** A query of a panel. */
export interface Target {
  readonly refId: string;
  readonly datasource: DataSource;
  readonly expr: string;
  readonly legendFormat: string;
  /** True to show exemplars, too. */
  readonly exemplar?: boolean;
}

/** A panel, or the title of a row of panels. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: DataSource;
  readonly targets?: readonly Target[];
}

/** A variable, which a user chooses above the panels. */
export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string;
  readonly datasource?: DataSource;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

export const dashboard = JSON.parse(
  readFileSync(new URL("examples/deploy/grafana-dashboard.json", root), "utf8"),
) as Dashboard;

/** The constants, which are hidden variables, by their names. */
const constants = new Map(
  dashboard.templating.list
    .filter(({ type }) => type === "constant")
    .map(({ name, query }) => [name, query]),
);

/** The values of variables by their names. */
export type Values = Readonly<Record<string, readonly string[]>>;

/** Returns a query with its variables filled in, as Grafana does if several values are chosen. */
export function filledIn(expression: string, values: Values): string {
  return expression.replace(/\$(\w+)/g, (_, name: string) => {
    // Long enough for all that a test has sent, on any machine.
    if (name === "__rate_interval") return "10m";
    const constant = constants.get(name);
    if (constant !== undefined) return constant;
    const chosen = values[name];
    if (chosen === undefined) throw new Error(`There is no value for $${name} in ${expression}`);
    return `(${chosen.map((value) => value.replace(/[.()|]/g, "\\\\$&")).join("|")})`;
  });
}
