/** The samples of `/metrics`. */
import { ensure, equal } from "./check.ts";
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
      const [, sample = "", value = ""] = /^(.*?[^{]*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      return [sample, Number(value)];
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

/** Returns by how much that sum has grown since. */
export async function difference(target: Target, before: Samples, prefix: string): Promise<number> {
  const after = await scrape(target);
  ensure(after.size >= before.size, "Samples are gone");
  return sumOf(after, prefix) - sumOf(before, prefix);
}
