/**
 * The fields of Triton's ModelConfig. Those that mean nothing here are not looked into.
 *
 * Source: https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto
 * @module
 */

import { many, one, type Schema } from "./typed-message.ts";

const TENSOR: Schema = {
  name: one("text"),
  data_type: one("word"),
  dims: many("whole"),
  reshape: one({ shape: many("whole") }),
  label_filename: one("text"),
  is_shape_tensor: one("flag"),
  is_non_linear_format_io: one("flag"),
};

const QUEUE_POLICY: Schema = {
  timeout_action: one("word"),
  default_timeout_microseconds: one("whole"),
  allow_timeout_override: one("flag"),
  max_queue_size: one("whole"),
};

/** The fields of a ModelConfig. */
export const MODEL_CONFIG: Schema = {
  name: one("text"),
  platform: one("text"),
  backend: one("text"),
  runtime: one("text"),
  version_policy: one({
    latest: one({ num_versions: one("whole") }),
    all: one({}),
    specific: one({ versions: many("whole") }),
  }),
  max_batch_size: one("whole"),
  input: many({
    ...TENSOR,
    format: one("word"),
    allow_ragged_batch: one("flag"),
    optional: one("flag"),
  }),
  output: many(TENSOR),
  batch_input: one("any"),
  batch_output: one("any"),
  optimization: one("any"),
  dynamic_batching: one({
    preferred_batch_size: many("whole"),
    max_queue_delay_microseconds: one("whole"),
    preserve_ordering: one("flag"),
    priority_levels: one("whole"),
    default_priority_level: one("whole"),
    default_queue_policy: one(QUEUE_POLICY),
    priority_queue_policy: one("any"),
  }),
  sequence_batching: one("any"),
  ensemble_scheduling: one("any"),
  instance_group: many({
    name: one("text"),
    kind: one("word"),
    count: one("whole"),
    rate_limiter: one("any"),
    gpus: many("whole"),
    secondary_devices: one("any"),
    profile: many("text"),
    passive: one("flag"),
    host_policy: one("text"),
  }),
  default_model_filename: one("text"),
  cc_model_filenames: one("any"),
  metric_tags: one("any"),
  parameters: one("any"),
  model_warmup: one("any"),
  model_operations: one("any"),
  model_transaction_policy: one({ decoupled: one("flag") }),
  model_repository_agents: one("any"),
  response_cache: one({ enable: one("flag") }),
  model_metrics: one("any"),
};
