/** What a registry exposes, for tests to look up. */
import type { MetricsRegistry } from "../../src/metrics/registry.ts";

/** The samples whose names begin so, by their names and labels as they are written. */
export async function linesOf(
  registry: MetricsRegistry,
  prefix: string,
): Promise<Record<string, number>> {
  const { body } = await registry.expose(null);
  return samplesIn(await new Response(body).text(), prefix);
}

/** The same of a text in Prometheus' format. */
export function samplesIn(text: string, prefix: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line.startsWith(prefix));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
