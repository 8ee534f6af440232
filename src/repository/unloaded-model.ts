/**
 * UnloadedModel: a version of a model that its next call loads: its metadata, as far as they are
 * known since the last time.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { ModelStatistics } from "../service/model-statistics.ts";
import type { ModelMetadata, RowAxesByName, ServedModel } from "../service/models.ts";
import type { TensorSpec } from "../tensor.ts";

/** A version of a model, which may not be loaded now. */
export type FoundModel = ModelMetadata & Pick<ServedModel, "ready" | "whyNotReady" | "statistics">;

/** The parts of an `UnloadedModel`. */
export interface UnloadedParts {
  readonly name: string;
  readonly version: string;
  /** Undefined for a model that has not been loaded since the start. */
  readonly metadata: ModelMetadata | undefined;
  /** The error of its calls, if it could not be loaded. */
  readonly refusal: ServiceError | undefined;
  readonly statistics: ModelStatistics;
}

/** A version that is not loaded. It is ready: its next call loads it. */
export class UnloadedModel implements FoundModel {
  readonly name: string;
  readonly version: string;
  readonly platform = "onnxruntime_onnx";
  readonly statistics: ModelStatistics;
  readonly #metadata: ModelMetadata | undefined;
  readonly #refusal: ServiceError | undefined;

  constructor({ name, version, metadata, refusal, statistics }: UnloadedParts) {
    this.name = name;
    this.version = version;
    this.statistics = statistics;
    this.#metadata = metadata;
    this.#refusal = refusal;
  }

  get ready(): boolean {
    return this.#refusal === undefined;
  }

  get whyNotReady(): string | undefined {
    return this.#refusal?.message;
  }

  get digest(): string | undefined {
    return this.#metadata?.digest;
  }

  get inputs(): readonly TensorSpec[] {
    return this.#known.inputs;
  }

  get outputs(): readonly TensorSpec[] {
    return this.#known.outputs;
  }

  get rowAxes(): RowAxesByName | undefined {
    return this.#known.rowAxes;
  }

  get maxBatchSize(): number {
    return this.#known.maxBatchSize;
  }

  get formats(): ModelMetadata["formats"] {
    return this.#known.formats;
  }

  get maxCallRows(): number | undefined {
    return this.#known.maxCallRows;
  }

  get exampleShapes(): ModelMetadata["exampleShapes"] {
    return this.#known.exampleShapes;
  }

  get classLabels(): ModelMetadata["classLabels"] {
    return this.#known.classLabels;
  }

  get properties(): ModelMetadata["properties"] {
    return this.#known.properties;
  }

  /** @throws ServiceError `unavailable` if nothing is known yet */
  get #known(): ModelMetadata {
    if (this.#metadata !== undefined) return this.#metadata;
    const text = `Model "${this.name}" has not been loaded yet: its first call does that`;
    throw this.#refusal ?? new ServiceError("unavailable", text, { retryAfterSeconds: 1 });
  }
}
