/** A real Prometheus: Debian's, on a free port of this machine, with examples/deploy's settings. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { temporaryFolder } from "../project/checkout.ts";
import { environment } from "../project/environment.ts";
import { eventually, start } from "../project/process.ts";
import { root } from "../support/runtimes.ts";

/** The folder of the settings. */
export const deploy: string = fileURLToPath(new URL("examples/deploy/", root));

/** One series of an answer, at one moment. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A rule as Prometheus last evaluated it. */
export interface Rule {
  readonly name: string;
  /** `ok`, `err`, or `unknown` before its first evaluation. */
  readonly health: string;
  readonly lastError?: string;
  /** `inactive`, `pending` or `firing`. */
  readonly state: string;
}

export interface Prometheus extends AsyncDisposable {
  /**
   * What an expression is now.
   *
   * @throws Error with what Prometheus has to say against it
   */
  query(expression: string): Promise<readonly Sample[]>;
  /** The values that a label has in the series of a selector. */
  labelValues(selector: string, label: string): Promise<readonly string[]>;
  rules(): Promise<readonly Rule[]>;
  /** The labels of the exemplars of the series that an expression names, of the last hour. */
  exemplars(expression: string): Promise<readonly Sample["labels"][]>;
}

/**
 * Starts one that scrapes every two seconds.
 *
 * @param targets the addresses to scrape, by job
 * @param features of Prometheus that are off by default
 */
export async function startPrometheus(
  targets: Readonly<Record<string, readonly string[]>>,
  features: readonly string[] = [],
): Promise<Prometheus> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = cleanUp.use(temporaryFolder());
  const file = join(folder.path, "prometheus.yml");
  writeFileSync(file, settings(targets));
  const flags = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder.path, "data")}`,
    "--web.listen-address=127.0.0.1:0",
    ...features.map((feature) => `--enable-feature=${feature}`),
  ];
  const place = { cwd: folder.path, env: environment() };
  const server = cleanUp.use(start(["/usr/bin/prometheus", ...flags], place));
  let address: string | undefined;
  await eventually("Prometheus to be ready", () => {
    if (server.end !== undefined) throw new Error(server.end.output);
    address = /"Listening on" address=(\S+)/.exec(server.output)?.[1];
    return address !== undefined && /ready to receive web requests/.test(server.output);
  });
  const running = cleanUp.move();
  return {
    ...api(`http://${address}/api/v1`),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Settings {
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

/** examples/deploy/prometheus.yml for other addresses, and quicker. */
function settings(targets: Readonly<Record<string, readonly string[]>>): string {
  const given = parse(readFileSync(join(deploy, "prometheus.yml"), "utf8")) as Settings;
  return stringify({
    ...given,
    global: { scrape_interval: "2s", evaluation_interval: "2s" },
    rule_files: [join(deploy, "alerts.yml")],
    scrape_configs: given.scrape_configs.map((each) => ({
      ...each,
      static_configs: [{ targets: targets[each.job_name]?.map((url) => new URL(url).host) }],
    })),
  });
}

interface Vector {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [seconds: number, value: string];
  }[];
}

interface Traced {
  readonly exemplars: readonly { readonly labels: Sample["labels"] }[];
}

interface Groups {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

function api(url: string): Omit<Prometheus, keyof AsyncDisposable> {
  const get = async <T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> => {
    const response = await fetch(`${url}/${path}?${new URLSearchParams(query)}`);
    const { data, error } = (await response.json()) as { data: T; error?: string };
    if (error !== undefined) throw new Error(`${JSON.stringify(query)}: ${error}`);
    return data;
  };
  return {
    async query(expression) {
      const { result } = await get<Vector>("query", { query: expression });
      return result.map(({ metric, value: [, value] }) => ({
        labels: metric,
        value: Number(value.replace("Inf", "Infinity")),
      }));
    },
    labelValues: (selector, label) => get(`label/${label}/values`, { "match[]": selector }),
    async exemplars(query) {
      const now = Date.now() / 1000;
      const range = { start: String(now - 3600), end: String(now) };
      const found = await get<readonly Traced[]>("query_exemplars", { query, ...range });
      return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels));
    },
    async rules() {
      const { groups } = await get<Groups>("rules");
      return groups.flatMap(({ rules }) => rules);
    },
  };
}
