/** The samples of `/metrics`. */
import { equal } from "./check.ts";
import type { Target } from "./target.ts";

/** The samples by their names and labels. */
export type Samples = ReadonlyMap<string, number>;

/** Scrapes as text. */
export async function scrape(target: Target): Promise<Samples> {
  return samplesIn(await textOf(target));
}

/** Returns the text of a scrape. */
export async function textOf(target: Target, accept = "text/plain"): Promise<string> {
  const response = await target.fetch("/metrics", { headers: { accept } });
  equal(response.status, 200, "The status of a scrape");
  return await response.text();
}

/** Returns the samples in a text of Prometheus. */
export function samplesIn(text: string): Samples {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** Returns the sum of the samples whose names begin so, and that have all of the labels. */
export function sumOf(samples: Samples, prefix: string, labels: readonly string[] = []): number {
  let sum = 0;
  for (const [name, value] of samples) {
    if (name.startsWith(prefix) && labels.every((label) => name.includes(label))) sum += value;
  }
  return sum;
}

/** Returns a function of a prefix: by how much the sum of its samples has grown since. */
export async function growthSince(
  before: Samples,
  target: Target,
): Promise<(prefix: string, labels?: readonly string[]) => number> {
  const after = await scrape(target);
  return (prefix, labels) => sumOf(after, prefix, labels) - sumOf(before, prefix, labels);
}
