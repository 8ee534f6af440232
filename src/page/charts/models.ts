/**
 * modelsOf(): the models that a server has loaded, as its metrics say.
 * @module
 */

import type { Samples } from "./parse-metrics.ts";

/** A version of a model; what is not known is empty. */
export interface LoadedModel {
  readonly name: string;
  readonly version: string;
  readonly runner: string;
  readonly backend: string;
  readonly digest: string;
  /** False if its workers have failed. */
  readonly ready: boolean;
}

/** Returns them by name and version. */
export function modelsOf(samples: Samples): readonly LoadedModel[] {
  const models = new Map<string, LoadedModel>();
  for (const { labels, value } of samples.get("ekiben_model_info") ?? []) {
    if (value !== 1) continue;
    const { model: name = "", version = "", digest = "", runner_name: runner = "" } = labels;
    const key = JSON.stringify([name, version, runner, digest]);
    const backends = [models.get(key)?.backend, labels["backend"]].filter(Boolean).join(", ");
    models.set(key, { name, version, runner, digest, backend: backends, ready: true });
  }
  const states = new Map<string, boolean>();
  for (const { labels, value } of samples.get("ekiben_model_ready") ?? []) {
    states.set(JSON.stringify([labels["model"], labels["version"]]), value === 1);
  }
  const all = [...models.values()].map((each) => ({
    ...each,
    ready: states.get(JSON.stringify([each.name, each.version])) ?? true,
  }));
  const place = ({ name, version }: LoadedModel): string => `${name}\0${version.padStart(20, "0")}`;
  return all.sort((one, other) => (place(one) < place(other) ? -1 : 1));
}

/** Returns the number of models of a repository in each state that has any. */
export function statesOf(samples: Samples): readonly (readonly [state: string, count: number])[] {
  const states = samples.get("ekiben_models") ?? [];
  return states
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => [labels["state"] ?? "", value]);
}

/** A digest is told from others by its first digits. */
const SHORT_DIGEST = 12;

/** Returns the first digits of a digest, as `git` shows them. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, SHORT_DIGEST);
}
