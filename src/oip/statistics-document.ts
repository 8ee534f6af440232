/**
 * The statistics of models, also in the JSON of Triton's statistics extension.
 * @module
 */

import type { CallDurations, Duration, ModelStatistics } from "../service/model-statistics.ts";
import type { Models } from "../service/models.ts";

/** The durations of calls, by Triton's names. */
const CALLS: readonly (readonly [string, keyof CallDurations])[] = [
  ["success", "success"],
  ["fail", "fail"],
  ["queue", "queue"],
  ["compute_input", "computeInput"],
  ["compute_infer", "computeInfer"],
  ["compute_output", "computeOutput"],
  ["cache_hit", "cacheHit"],
  ["cache_miss", "cacheMiss"],
];

/** The statistics of one version of a model. */
export interface StatisticsEntry {
  readonly name: string;
  readonly version: string;
  readonly last_inference: number;
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats: Readonly<Record<string, Duration>>;
  readonly batch_stats: readonly {
    readonly batch_size: number;
    readonly compute_input: Duration;
    readonly compute_infer: Duration;
    readonly compute_output: Duration;
  }[];
}

/** A version of a model, with what it has done. */
export interface CountedVersion {
  readonly name: string;
  readonly version: string;
  readonly statistics: ModelStatistics;
}

/**
 * Returns the versions of models whose statistics are asked for.
 *
 * @param name that of a model, or undefined for all
 * @param version one of its versions, or undefined for all that are served
 * @throws ServiceError `not_found`
 */
export function countedVersions(
  models: Models,
  name?: string,
  version?: string,
): readonly CountedVersion[] {
  const names = name === undefined ? models.names : [name];
  return names.flatMap((each) => {
    const versions = version === undefined ? models.versionsOf(each) : [version];
    return versions.map((one) => models.find(each, one));
  });
}

/** Returns the statistics of models. Its parameters and errors are those of `countedVersions()`. */
export function statisticsDocument(
  models: Models,
  name?: string,
  version?: string,
): { readonly model_stats: readonly StatisticsEntry[] } {
  return { model_stats: countedVersions(models, name, version).map(entryOf) };
}

function entryOf({ name, version, statistics }: CountedVersion): StatisticsEntry {
  const { lastInference, inferenceCount, executionCount, calls, batches } = statistics;
  return {
    name,
    version,
    last_inference: lastInference,
    inference_count: inferenceCount,
    execution_count: executionCount,
    inference_stats: Object.fromEntries(CALLS.map(([key, own]) => [key, calls[own]])),
    batch_stats: batches.map(({ batchSize, computeInput, computeInfer, computeOutput }) => ({
      batch_size: batchSize,
      compute_input: computeInput,
      compute_infer: computeInfer,
      compute_output: computeOutput,
    })),
  };
}
