/**
 * The entry `ekiben/models`: the store of models on this machine.
 * @module
 */

import { models as ofRuntime } from "#models";
import type { Models } from "./models.ts";

export type { Model } from "./model.ts";
export type {
  ModelInfo,
  ModelSignature,
  SignatureTensor,
  StoredFile,
} from "./model-info.ts";
export type { CreateModelOptions, ImportModelOptions, Models, PullModelOptions } from "./models.ts";

/** The models in the store of this machine. In a browser and in workerd, all of it throws. */
export const models: Models = ofRuntime;
