/**
 * The settings in the `config.yaml` of a model:
 *
 * ```yaml
 * backend: auto                     # or native, wasm, webgpu
 * workers: 2                        # or auto
 * threads: 1                        # of each worker
 * warm_up: true
 * batching: { enabled: true, max_batch_size: 50, max_latency_ms: 600 }
 * class_labels: labels.txt          # or a list; or either of them by output
 * versions: { latest: 2 }           # or all, or a list
 * labels: { stable: 3, canary: 4 }  # `stable` takes the calls that name no version
 * canary: { version: canary, share: 0.1 }
 * cache: { max_bytes: 67108864, max_age: 60 }
 * deterministic: true
 * file: model.onnx
 * ```
 * @module
 */

import { batchingConfig, type StrategyConfig } from "../../config/batching.ts";
import { isMapping, type Mapping, type Section, section, shown } from "../../config/mapping.ts";
import {
  filledText,
  flag,
  isNumber,
  milliseconds,
  valueAt,
  wholeNumber,
  word,
} from "../../config/value.ts";
import { parseYaml } from "../../config/yaml-text.ts";
import {
  adaptive,
  type BatchOptions,
  fixedWindow,
  off,
  targetLatency,
} from "../../runner/batching/batch-options.ts";
import type { Strategy } from "../../runner/batching/policy.ts";
import type { ModelSettings, VersionPolicy } from "../model-settings.ts";
import { MAX_LABELS } from "./class-labels.ts";
import { DEFAULT_CACHE_BYTES, type FileSettings, MAX_WORKERS } from "./file-settings.ts";

const KEYS = {
  known: [
    ...["backend", "workers", "threads", "warm_up", "batching", "class_labels", "versions"],
    ...["labels", "canary", "cache", "deterministic", "file"],
  ],
  elsewhere: {
    max_batch_size: "batching.max_batch_size",
    max_latency_ms: "batching.max_latency_ms",
    max_queue_rows: "batching.max_queue_rows",
    strategy: "batching.strategy",
    version_policy: "versions",
    instance_group: "workers",
  },
};

/** The keys of the configuration of a server, which is another file. */
const SERVER_KEYS = ["api_server", "runners"];

/** Returns true for the configuration of a server. */
function isServerConfig(value: unknown): boolean {
  return isMapping(value) && SERVER_KEYS.some((key) => Object.hasOwn(value, key));
}

/**
 * Reads a `config.yaml`.
 *
 * @param file its name, for messages
 * @returns undefined for the configuration of a server
 * @throws Error for an unknown key, with the nearest known one, and for an invalid value
 */
export function yamlSettings(text: string): FileSettings | undefined {
  const value = parseYaml(text);
  if (isServerConfig(value)) return undefined;
  const top = section("", value, KEYS);
  const { classLabels, labelFiles } = labelsOf(top.values["class_labels"] ?? undefined);
  const file = filledText(top, "file");
  return {
    settings: { ...machineOf(top), ...batchingOf(top), ...classLabels, ...versionsOf(top) },
    labelFiles,
    ignored: [],
    ...(file === undefined ? {} : { file }),
  };
}

const BACKENDS = ["auto", "native", "wasm", "webgpu"] as const;

function machineOf(top: Section): ModelSettings {
  const isWorkers = (value: unknown): value is number | "auto" =>
    value === "auto" || (Number.isSafeInteger(value) && isNumber(value, 1, MAX_WORKERS));
  return {
    ...optional("backend", word(top, "backend", BACKENDS)),
    ...optional("workers", valueAt(top, "workers", `auto or 1 to ${MAX_WORKERS}`, isWorkers)),
    ...optional("threads", wholeNumber(top, "threads", 1, 1024)),
    ...optional("warmUp", flag(top, "warm_up")),
    ...optional("cache", cacheOf(top)),
    ...optional("deterministic", flag(top, "deterministic")),
  };
}

function cacheOf({ values }: Section): ModelSettings["cache"] {
  const value = values["cache"] ?? undefined;
  if (value === undefined || value === false) return undefined;
  if (value === true) return { maxBytes: DEFAULT_CACHE_BYTES };
  const cache = section("cache", value, { known: ["max_bytes", "max_age"] });
  const maxBytes = wholeNumber(cache, "max_bytes", 1) ?? DEFAULT_CACHE_BYTES;
  return { maxBytes, ...optional("maxAgeMs", milliseconds(cache, "max_age")) };
}

function batchingOf({ values }: Section): Pick<ModelSettings, "batch" | "batching"> {
  const value = values["batching"] ?? undefined;
  if (value === undefined) return {};
  const { enabled, strategy, ...sizes } = batchingConfig("batching", value);
  const batching: BatchOptions = {
    ...sizes,
    // The trial is not made at all without batching.
    ...(strategy === undefined || enabled === false ? {} : { strategy: strategyOf(strategy) }),
  };
  return {
    ...(enabled === undefined ? {} : { batch: enabled ? "on" : "off" }),
    ...(Object.keys(batching).length === 0 ? {} : { batching }),
  };
}

function strategyOf(strategy: StrategyConfig): Strategy {
  switch (strategy.name) {
    case "adaptive":
      return adaptive();
    case "off":
      return off();
    case "fixedWindow":
      return fixedWindow(strategy);
    case "targetLatency":
      return targetLatency(strategy);
  }
}

function labelsOf(value: unknown): {
  readonly classLabels: Pick<ModelSettings, "classLabels">;
  readonly labelFiles: Readonly<Record<string, string>>;
} {
  const byOutput: Mapping = isMapping(value) ? value : value === undefined ? {} : { "": value };
  const files = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  for (const [output, labels] of Object.entries(byOutput)) {
    const at = output === "" ? "class_labels" : `class_labels.${output}`;
    if (typeof labels === "string" && labels !== "") files.set(output, labels);
    else if (isLabels(labels)) lists.set(output, labels.map(String));
    else {
      throw new Error(`"${at}" must be the name of a file or a list, but was ${shown(labels)}`);
    }
  }
  const classLabels = lists.size === 0 ? {} : { classLabels: Object.fromEntries(lists) };
  return { classLabels, labelFiles: Object.fromEntries(files) };
}

/** Labels of digits are numbers in YAML. */
function isLabels(value: unknown): value is readonly (string | number | boolean)[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_LABELS &&
    value.every((each) => ["string", "number", "boolean"].includes(typeof each))
  );
}

function versionsOf(top: Section): Pick<ModelSettings, "versions" | "labels" | "canary"> {
  return {
    ...optional("versions", policyOf(top.values["versions"] ?? undefined)),
    ...optional("labels", versionLabels(top.values["labels"] ?? undefined)),
    ...optional("canary", canaryOf(top.values["canary"] ?? undefined)),
  };
}

function policyOf(value: unknown): VersionPolicy | undefined {
  if (value === undefined) return undefined;
  if (value === "all") return { kind: "all" };
  if (value === "latest") return { kind: "latest", count: 1 };
  if (isMapping(value)) {
    const latest = section("versions", value, { known: ["latest"] });
    return { kind: "latest", count: wholeNumber(latest, "latest", 1) ?? 1 };
  }
  const versions = Array.isArray(value) ? value.map(versionOf) : [];
  if (versions.length > 0 && versions.every((each) => each !== undefined)) {
    return { kind: "specific", versions: versions as string[] };
  }
  throw new Error(
    `"versions" must be all, latest, { latest: 2 } or a list of versions, but was ${shown(value)}`,
  );
}

/** Returns a version, which YAML reads as a number. */
function versionOf(value: unknown): string | undefined {
  if (Number.isSafeInteger(value) && isNumber(value, 1)) return String(value);
  return typeof value === "string" && /^[1-9]\d*$/.test(value) ? value : undefined;
}

function versionLabels(value: unknown): ModelSettings["labels"] {
  if (value === undefined) return undefined;
  if (!isMapping(value)) throw new Error(`"labels" must map labels to versions`);
  const labels = Object.entries(value).map(([label, given]) => {
    const version = versionOf(given);
    if (version === undefined) {
      throw new Error(`"labels.${label}" must be a version, such as 3, but was ${shown(given)}`);
    }
    if (!/^\d+$/.test(label)) return [label, version] as const;
    throw new Error(`"labels.${label}" looks like a version: a label must not be a number`);
  });
  return Object.fromEntries(labels);
}

function canaryOf(value: unknown): ModelSettings["canary"] {
  if (value === undefined) return undefined;
  const canary = section("canary", value, { known: ["version", "share"] });
  const given = canary.values["version"];
  const version = typeof given === "string" && given !== "" ? given : versionOf(given);
  if (version === undefined) {
    throw new Error(
      `"canary.version" must be a version or a label, but was ${shown(given ?? null)}`,
    );
  }
  const isShare = (share: unknown): share is number => isNumber(share, 0, 1);
  const share = valueAt(canary, "share", "a number from 0 to 1", isShare);
  if (share === undefined) throw new Error(`"canary.share" is missing: it is a number from 0 to 1`);
  return { version, share };
}

/** Returns an object with a key and its value; an empty one without a value. */
function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
