/**
 * ModelSettings: the settings of a model in a repository, from its `config.yaml` or `config.pbtxt`.
 * @module
 */

import type { BatchOptions } from "../runner/batching/batch-options.ts";
import type { BatchChoice } from "./batch-choice.ts";
import type { Reshapes } from "./reshape.ts";

/** The versions of a model that are served. */
export type VersionPolicy =
  | { readonly kind: "latest"; readonly count: number }
  | { readonly kind: "all" }
  | { readonly kind: "specific"; readonly versions: readonly string[] };

/** A share of the calls that name no version, for another version than the newest. */
export interface Canary {
  /** A version, or a label. */
  readonly version: string;
  /** From 0 to 1. */
  readonly share: number;
}

/** The cache of the answers of a model. */
export interface CacheSettings {
  /** The most memory of its entries, in bytes. */
  readonly maxBytes: number;
  /** The time after which an entry is not used any more, in milliseconds; undefined for none. */
  readonly maxAgeMs?: number;
}

/** The names of inputs and outputs. */
export interface DeclaredTensors {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The settings of a model. */
export interface ModelSettings {
  /** Whether calls are joined. Default `auto`, by a trial. */
  readonly batch?: BatchChoice;
  /** How calls are joined, if they are. */
  readonly batching?: BatchOptions;
  readonly backend?: "auto" | "native" | "wasm" | "webgpu";
  /** Default: `auto` for one model, 1 for several. */
  readonly workers?: number | "auto";
  readonly threads?: number;
  /** Whether the model is run on zeros before it takes calls. Default true. */
  readonly warmUp?: boolean;
  /** The inputs and outputs that the settings declare. The model must have them. */
  readonly declared?: DeclaredTensors;
  /** What the axes of inputs mean, for clients: `FORMAT_NCHW` or `FORMAT_NHWC`. */
  readonly formats?: Readonly<Record<string, string>>;
  /** The shapes for callers of inputs and outputs that have others in the model. */
  readonly reshapes?: Reshapes;
  /**
   * The names of the classes of outputs, in the order of their indices, by output. The key `""`
   * stands for the first output.
   */
  readonly classLabels?: Readonly<Record<string, readonly string[]>>;
  /** Default: the newest version, and those with a label. See `versionsServed()`. */
  readonly versions?: VersionPolicy;
  /** Versions by labels. Calls that name no version go to `stable` if there is one. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly canary?: Canary;
  readonly cache?: CacheSettings;
  /** False if equal inputs may get unlike answers, which excludes caching. Default true. */
  readonly deterministic?: boolean;
}

/** One version of a model, as it was found. */
export interface FoundVersion {
  readonly version: string;
  /** The URL of its file in ONNX's format. */
  readonly url: URL;
  /** A text that changes when its files do; undefined where files are not looked at. */
  readonly stamp?: string;
}

/** A model as it was found. */
export interface FoundModel {
  readonly name: string;
  readonly settings: ModelSettings;
  /** All its versions, the newest first. At least one. */
  readonly versions: readonly FoundVersion[];
}

/** A place with models, such as a folder. */
export interface Catalog {
  /** Where it is, for messages. */
  readonly place: string;
  /**
   * Lists its models. One that cannot be used stands in the list with the reason.
   *
   * @throws Error if the place cannot be read
   */
  list(): Promise<readonly (FoundModel | BrokenModel)[]>;
  /**
   * Finds a model by its name, as it is now.
   *
   * @param config settings that replace those of its files, as the text of a JSON object
   * @throws Error for settings that are not valid
   */
  find(name: string, config?: string): Promise<FoundModel | undefined>;
  /**
   * Returns the settings of a model that it does not have, and whose files a caller sends. Absent
   * where no models can be added.
   *
   * @param config its own settings, as the text of a JSON object
   * @throws Error for settings that are not valid
   */
  settingsOfNew?(config?: string): Promise<ModelSettings>;
}

/** A model that cannot be used. */
export interface BrokenModel {
  readonly name: string;
  /** What is wrong, as a sentence without its end. */
  readonly reason: string;
}
