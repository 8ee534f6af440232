/** The exposed samples of a registry, for assertions. */
import type { MetricsRegistry } from "../../src/metrics/registry.ts";

/** Returns the samples whose names begin with a prefix, by their names and labels. */
export async function linesOf(
  registry: MetricsRegistry,
  prefix: string,
): Promise<Record<string, number>> {
  const { body } = await registry.expose(null);
  return samplesIn(await new Response(body).text(), prefix);
}

/** Returns the same samples of a text in Prometheus's format. */
export function samplesIn(text: string, prefix: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line.startsWith(prefix));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** Returns the names and labels of all exposed samples. */
export async function seriesOf(registry: MetricsRegistry): Promise<readonly string[]> {
  const all = Object.keys(await linesOf(registry, ""));
  return all.filter((name) => name !== "" && !name.startsWith("#"));
}
