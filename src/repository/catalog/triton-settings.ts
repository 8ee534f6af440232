/**
 * The settings in Triton's ModelConfig: of a `config.pbtxt`, or of the JSON with which its clients
 * load a model.
 * @module
 */

import { type Mapping, shown } from "../../config/mapping.ts";
import type { BatchOptions } from "../../runner/batching/batch-options.ts";
import { fixedWindow } from "../../runner/batching/batch-options.ts";
import type { ModelSettings, VersionPolicy } from "../model-settings.ts";
import { reshapeOf } from "../reshape.ts";
import { DEFAULT_CACHE_BYTES, type FileSettings, MAX_WORKERS } from "./file-settings.ts";
import { MAX_TEXT_LENGTH, parseTextFormat, type TextMessage } from "./text-format.ts";
import { MODEL_CONFIG } from "./triton-schema.ts";
import { readMessage } from "./typed-message.ts";

/**
 * Reads a `config.pbtxt`.
 *
 * @throws Error for a text that is not valid, and for models that only Triton can serve
 */
export function pbtxtSettings(text: string): FileSettings {
  return settingsOf(readMessage(parseTextFormat(text), MODEL_CONFIG));
}

/** Reads a ModelConfig as JSON. @throws Error as `pbtxtSettings()` does */
export function jsonSettings(text: string): FileSettings {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new Error(`It must be at most ${MAX_TEXT_LENGTH} characters, but is longer`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error("It is not JSON", { cause: error });
  }
  return settingsOf(readMessage(value, MODEL_CONFIG));
}

/** The fields that have no effect here. */
const IGNORED = [
  ...["runtime", "batch_input", "batch_output", "optimization", "cc_model_filenames"],
  ...["metric_tags", "model_operations", "model_repository_agents", "model_metrics"],
] as const;

/** The fields of `dynamic_batching` that have no effect here. */
const IGNORED_BATCHING = [
  ...["preferred_batch_size", "preserve_ordering", "priority_levels", "default_priority_level"],
  ...["priority_queue_policy"],
] as const;

/** The fields of models that hold state, answer in streams, or have no file of their own. */
const UNSUPPORTED = ["sequence_batching", "ensemble_scheduling"] as const;

function settingsOf(config: Mapping): FileSettings {
  refuseOthers(config);
  const instances = listOf(config["instance_group"]);
  const file = textOf(config["default_model_filename"]);
  const name = textOf(config["name"]);
  const threads = threadsOf(config["parameters"]);
  const isCached = (config["response_cache"] as Mapping | undefined)?.["enable"] === true;
  const settings: ModelSettings = {
    ...batchingOf(config),
    ...(instances.length === 0 ? {} : { workers: workersOf(instances) }),
    ...(threads === undefined ? {} : { threads }),
    ...declaredOf(config),
    ...reshapesOf(config),
    ...formatsOf(listOf(config["input"])),
    ...versionsOf(config["version_policy"] as Mapping | undefined),
    ...(isCached ? { cache: { maxBytes: DEFAULT_CACHE_BYTES } } : {}),
  };
  return {
    settings,
    labelFiles: labelFilesOf(listOf(config["output"])),
    ignored: ignoredOf(config),
    ...(file === undefined ? {} : { file }),
    ...(name === undefined ? {} : { name }),
  };
}

/** @throws Error for a model of another kind than ONNX's */
function refuseOthers(config: Mapping): void {
  const { platform = "", backend = "" } = config;
  if (platform !== "" && platform !== "onnxruntime_onnx") {
    throw new Error(`"platform" must be "onnxruntime_onnx", but was ${shown(platform)}`);
  }
  if (backend !== "" && backend !== "onnxruntime") {
    throw new Error(`"backend" must be "onnxruntime", but was ${shown(backend)}`);
  }
  const field = UNSUPPORTED.find((name) => config[name] !== undefined);
  if (field !== undefined) throw new Error(`"${field}" is not supported`);
  if ((config["model_transaction_policy"] as Mapping | undefined)?.["decoupled"] === true) {
    throw new Error('"model_transaction_policy.decoupled" is not supported');
  }
}

/**
 * Returns the batching. Triton joins calls only with `dynamic_batching`. With a minimal file, it
 * decides by the model itself, as the trial does here.
 */
function batchingOf(config: Mapping): Pick<ModelSettings, "batch" | "batching"> {
  const largest = config["max_batch_size"] as number | undefined;
  if (largest !== undefined && largest < 0) {
    throw new Error(`"max_batch_size" must be a whole number from 0 up, but was ${largest}`);
  }
  const dynamic = config["dynamic_batching"] as Mapping | undefined;
  if (largest === 0 && dynamic !== undefined) {
    throw new Error('"dynamic_batching" needs a "max_batch_size" above 0');
  }
  if (largest === undefined && dynamic === undefined) return {};
  if (dynamic === undefined) {
    return { batch: "off", ...(largest ? { batching: { maxBatchSize: largest } } : {}) };
  }
  const delay = dynamic["max_queue_delay_microseconds"] as number | undefined;
  if (delay !== undefined && delay < 0) {
    throw new Error('"dynamic_batching.max_queue_delay_microseconds" must be from 0 up');
  }
  const policy = dynamic["default_queue_policy"] as Mapping | undefined;
  const calls = policy?.["max_queue_size"] as number | undefined;
  const batching: BatchOptions = {
    ...(largest === undefined ? {} : { maxBatchSize: largest }),
    ...(calls === undefined || calls <= 0 ? {} : { maxQueueRows: calls }),
    ...(delay === undefined || delay === 0
      ? {}
      : { strategy: fixedWindow({ waitMs: delay / 1000 }) }),
  };
  return { batching };
}

/** Returns the names of the tensors, which the model must have. */
function declaredOf(config: Mapping): Pick<ModelSettings, "declared"> {
  const namesOf = (tensors: unknown): readonly string[] =>
    listOf(tensors).flatMap(({ name }) => textOf(name) ?? []);
  const declared = { inputs: namesOf(config["input"]), outputs: namesOf(config["output"]) };
  return declared.inputs.length + declared.outputs.length === 0 ? {} : { declared };
}

/** Returns the shapes that callers see. Calls without an axis of rows are not joined. */
function reshapesOf(config: Mapping): Pick<ModelSettings, "reshapes" | "batch"> {
  const largest = (config["max_batch_size"] ?? 0) as number;
  const reshapes = [...listOf(config["input"]), ...listOf(config["output"])].flatMap((tensor) => {
    const reshape = tensor["reshape"] as Mapping | undefined;
    if (reshape === undefined) return [];
    const name = textOf(tensor["name"]) ?? "";
    const [dims, shape] = [listOf<number>(tensor["dims"]), listOf<number>(reshape["shape"])];
    return [[name, reshapeOf(name, dims, shape, largest > 0)] as const];
  });
  if (reshapes.length === 0) return {};
  return { reshapes: Object.fromEntries(reshapes), ...(largest === 0 ? { batch: "off" } : {}) };
}

function formatsOf(inputs: readonly Mapping[]): Pick<ModelSettings, "formats"> {
  const formats = inputs.flatMap(({ name, format }) =>
    typeof name === "string" && (format === "FORMAT_NCHW" || format === "FORMAT_NHWC")
      ? [[name, format] as const]
      : [],
  );
  return formats.length === 0 ? {} : { formats: Object.fromEntries(formats) };
}

/** Returns the number of all instances; each is a worker. */
function workersOf(groups: readonly Mapping[]): number {
  const counts = groups.map(({ count = 1 }) => count as number);
  const workers = counts.reduce((sum, count) => sum + count, 0);
  if (counts.every((count) => count >= 1) && workers <= MAX_WORKERS) return workers;
  throw new Error(
    `"instance_group.count" must be 1 or more, and ${MAX_WORKERS} at most in all, ` +
      `but was ${counts.join(", ")}`,
  );
}

/** Returns the threads of a worker, which Triton's backend for ONNX has as a parameter. */
function threadsOf(parameters: unknown): number | undefined {
  for (const each of listOf<unknown>(parameters)) {
    const text = each instanceof Map ? textParameter(each) : jsonParameter(each);
    const threads = Number(text);
    // 0 leaves the choice to ONNX Runtime.
    if (Number.isSafeInteger(threads) && threads > 0) return threads;
  }
  return undefined;
}

const THREADS = "intra_op_thread_count";

function textParameter(entry: TextMessage): unknown {
  const value = entry.get("value")?.[0];
  return entry.get("key")?.[0] === THREADS && value instanceof Map
    ? value.get("string_value")?.[0]
    : undefined;
}

function jsonParameter(parameters: unknown): unknown {
  const value = (parameters as Partial<Record<string, unknown>> | null)?.[THREADS];
  const { string_value, stringValue = string_value } = (value ?? {}) as Record<string, unknown>;
  return stringValue;
}

function versionsOf(policy: Mapping | undefined): Pick<ModelSettings, "versions"> {
  const kinds = Object.keys(policy ?? {});
  if (kinds.length > 1) {
    throw new Error(`"version_policy" must be one of latest, all and specific, but has several`);
  }
  const { latest, all, specific } = (policy ?? {}) as Readonly<Record<string, Mapping | undefined>>;
  let versions: VersionPolicy | undefined;
  if (latest !== undefined) versions = { kind: "latest", count: latestCount(latest) };
  if (all !== undefined) versions = { kind: "all" };
  if (specific !== undefined) {
    const list = listOf<number>(specific["versions"]);
    if (list.length === 0) throw new Error('"version_policy.specific.versions" must name versions');
    versions = { kind: "specific", versions: list.map(String) };
  }
  return versions === undefined ? {} : { versions };
}

function latestCount({ num_versions: count = 1 }: Mapping): number {
  // As in Triton, 0 stands for the default.
  if (typeof count === "number" && count >= 0) return Math.max(1, count);
  throw new Error(
    `"version_policy.latest.num_versions" must be from 1 up, but was ${shown(count)}`,
  );
}

function labelFilesOf(outputs: readonly Mapping[]): Readonly<Record<string, string>> {
  const files = outputs.flatMap(({ name, label_filename: file }) =>
    typeof name === "string" && typeof file === "string" && file !== ""
      ? [[name, file] as const]
      : [],
  );
  return Object.fromEntries(files);
}

function ignoredOf(config: Mapping): readonly string[] {
  const dynamic = (config["dynamic_batching"] ?? {}) as Mapping;
  const policy = (dynamic["default_queue_policy"] ?? {}) as Mapping;
  return [
    ...IGNORED.filter((name) => config[name] !== undefined),
    ...IGNORED_BATCHING.filter((name) => dynamic[name] !== undefined).map(
      (name) => `dynamic_batching.${name}`,
    ),
    ...Object.keys(policy)
      .filter((name) => name !== "max_queue_size")
      .map((name) => `dynamic_batching.default_queue_policy.${name}`),
  ];
}

function listOf<T = Mapping>(value: unknown): readonly T[] {
  return (value ?? []) as readonly T[];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
