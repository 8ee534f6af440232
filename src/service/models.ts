/**
 * Models: the models of a service, which the Open Inference Protocol serves: the models of a
 * repository, or the runners' methods whose tensors are known.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { CallOptions } from "../runner/call-options.ts";
import type { Tensor, TensorSpec } from "../tensor.ts";
import type { ModelStatistics } from "./model-statistics.ts";

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** The state of a version of a model, in Triton's words. */
export type ModelState = "READY" | "LOADING" | "UNLOADING" | "UNAVAILABLE";

/** The metadata of one version of a model. */
export interface ModelMetadata {
  readonly name: string;
  /** A number as a rule, `1` for a model that has no versions. */
  readonly version: string;
  /** `onnxruntime_onnx`, as Triton names it, or `ekiben` for code. */
  readonly platform: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /**
   * The axis of the rows of each tensor that has rows, if calls are batched; undefined otherwise.
   */
  readonly rowAxes: RowAxesByName | undefined;
  /** The largest batch, in rows; 0 if calls are not batched. */
  readonly maxBatchSize: number;
  /**
   * The most rows of one call by the settings of a model whose calls are not batched, and whose
   * tensors all have their rows on the first axis: what Triton's clients know as the batch size.
   */
  readonly maxCallRows?: number | undefined;
  /** What the axes of pictures mean, by input, in Triton's words: `FORMAT_NCHW`. */
  readonly formats?: Readonly<Record<string, string>> | undefined;
  /** The shapes of inputs that the model is known to run on, by their names; undefined if none. */
  readonly exampleShapes?: Readonly<Record<string, readonly number[]>> | undefined;
  /** The SHA-256 of the model and its settings, `sha256:<64 hex digits>`; undefined for code. */
  readonly digest: string | undefined;
  /** The names of the classes of an output, in the order of their indices, if they are known. */
  readonly classLabels: Readonly<Record<string, readonly string[]>>;
  /** Further facts, such as the backend and why it was chosen, as texts. */
  readonly properties: Readonly<Record<string, string>>;
}

/** The axis of the rows, by the names of the tensors that have rows. */
export interface RowAxesByName {
  readonly input: Readonly<Record<string, number>>;
  readonly output: Readonly<Record<string, number>>;
}

/** One version of a model that can take calls. */
export interface ServedModel extends ModelMetadata {
  readonly ready: boolean;
  /** The reason why it is not ready, in a few words; undefined if it is. */
  readonly whyNotReady: string | undefined;
  readonly statistics: ModelStatistics;
  /**
   * Runs the model.
   *
   * @param inputs tensors of its inputs, by name
   * @param call the limits of the call: a handler's context
   * @param outputs the names of the outputs to compute, if fewer than all
   * @throws ServiceError `invalid_argument` for inputs that do not fit
   */
  run(inputs: NamedTensors, call?: CallOptions, outputs?: readonly string[]): Promise<NamedTensors>;
}

/** A version of a model in use: it stays loaded until this is disposed of. */
export interface ModelUse extends Disposable {
  readonly model: ServedModel;
}

/** One entry of the index of a repository. */
export interface ModelIndexEntry {
  readonly name: string;
  /** Empty for a model of which no version is known. */
  readonly version: string;
  readonly state: ModelState;
  /**
   * The reason of an `UNAVAILABLE` state. Of a `READY` version, the reason why it could not be
   * loaded anew; otherwise empty.
   */
  readonly reason: string;
}

/** The parameters of a load, as Triton names them. */
export interface LoadParameters {
  /** Settings that replace those of the model's files, as the text of a JSON object. */
  readonly config?: string;
  /** The contents of files that replace those of the model, by their paths inside its folder. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

/** Loads and unloads models. */
export interface ModelControl {
  /**
   * Loads a model, or loads it anew. The old versions serve until the new ones are warm.
   *
   * @throws ServiceError `not_found` for an unknown model; `failed_precondition` with the reason
   *   for one that cannot be loaded, whose old versions go on serving
   */
  load(name: string, parameters?: LoadParameters): Promise<void>;
  /** Unloads all versions of a model, when the requests under way have ended. */
  unload(name: string): Promise<void>;
}

/** A model as its file declares it. */
export type DeclaredModel = Pick<ModelMetadata, "name" | "inputs" | "outputs">;

/** The models of a service. */
export interface Models {
  /** The names of the models that are served. */
  readonly names: readonly string[];
  /**
   * Returns the versions of a model that are served, the newest first.
   *
   * @throws ServiceError `not_found` for an unknown model
   */
  versionsOf(name: string): readonly string[];
  /**
   * Finds a version of a model without loading it: for its metadata and its readiness.
   *
   * @param version a version, or a label such as `stable`. Default: the newest, or as the settings
   *   of the model say
   * @throws ServiceError `not_found`
   */
  find(
    name: string,
    version?: string,
  ): ModelMetadata & Pick<ServedModel, "ready" | "whyNotReady" | "statistics">;
  /**
   * Returns a version of a model for one call, loading it first if it had been unloaded to make
   * room. Dispose of it after the call.
   *
   * @param version as of `find()`
   * @throws ServiceError `not_found`, or `unavailable` if it cannot be loaded now
   */
  use(name: string, version: string | undefined, call: CallOptions): ModelUse | Promise<ModelUse>;
  /**
   * Loads a version whose tensors `find()` does not know yet, and throws for, since its model has
   * not been loaded since the start. Returns undefined if there is nothing to wait for.
   *
   * @throws ServiceError as `use()`
   */
  prepare?(name: string, version: string | undefined, call: CallOptions): Promise<void> | undefined;
  /** Lists all versions of all models that are known, loaded or not. */
  index(): readonly ModelIndexEntry[];
  /** The models that do not run, but whose files have been read, for documents. */
  readonly declared?: ReadonlyMap<string, DeclaredModel>;
  /** Undefined for models that cannot be loaded and unloaded: those of code. */
  readonly control: ModelControl | undefined;
}

/**
 * Returns the error for a model that is not served. It begins with Triton's words, which its
 * clients look for.
 */
export function unknownModel(name: string, version?: string): ServiceError {
  const which = version === undefined ? `"${name}"` : `version "${version}" of "${name}"`;
  return new ServiceError("not_found", `Request for unknown model: there is no ${which}`);
}
