/**
 * `ModelStatistics`: what the versions of models have done.
 * @module
 */

import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ModelStatisticsSchema,
  StatisticDurationSchema,
} from "../../gen/inference/grpc_service_pb.ts";
import type { CountedVersion } from "../../oip/statistics-document.ts";
import type { Duration } from "../../service/model-statistics.ts";

type Message = MessageInitShape<typeof ModelStatisticsSchema>;

/** Returns the message of the statistics of a version of a model. */
export function statisticsMessage({ name, version, statistics }: CountedVersion): Message {
  const { lastInference, inferenceCount, executionCount, calls, batches } = statistics;
  return {
    name,
    version,
    lastInference: long(lastInference),
    inferenceCount: long(inferenceCount),
    executionCount: long(executionCount),
    inferenceStats: {
      success: durationOf(calls.success),
      fail: durationOf(calls.fail),
      queue: durationOf(calls.queue),
      computeInput: durationOf(calls.computeInput),
      computeInfer: durationOf(calls.computeInfer),
      computeOutput: durationOf(calls.computeOutput),
      cacheHit: durationOf(calls.cacheHit),
      cacheMiss: durationOf(calls.cacheMiss),
    },
    batchStats: batches.map(({ batchSize, computeInput, computeInfer, computeOutput }) => ({
      batchSize: long(batchSize),
      computeInput: durationOf(computeInput),
      computeInfer: durationOf(computeInfer),
      computeOutput: durationOf(computeOutput),
    })),
  };
}

function durationOf({ count, ns }: Duration): MessageInitShape<typeof StatisticDurationSchema> {
  return { count: long(count), ns: long(ns) };
}

function long(value: number): bigint {
  return BigInt(Math.round(value));
}
