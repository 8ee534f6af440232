/**
 * Reads what the files of a model say about it: its inputs, its outputs, and its other files.
 * @module
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readFacts } from "../onnx/model-facts.ts";
import { readSignature } from "../onnx/signature.ts";
import type { ModelSignature, SignatureTensor, StoredFile } from "./model-info.ts";

/** The names of models. */
export const MODEL: RegExp = /\.onnx$/i;

/** Protobuf has no larger messages, and Node reads no larger files into memory. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** What the file of a model says. */
export interface ModelContent {
  /** The files of its weights, relative to its own folder. */
  readonly weights: readonly string[];
  readonly signature: ModelSignature | undefined;
}

/** Reads the file of a model; `undefined` if it is not in ONNX's format. */
export async function readContent(path: string, size: number): Promise<ModelContent | undefined> {
  if (size > MAX_MODEL_BYTES) return undefined;
  const bytes = await readFile(path);
  const facts = readFacts(bytes);
  if (facts === undefined) return undefined;
  const found = readSignature(bytes);
  const signature = found && {
    batchable: found.inputs.length > 0 && found.inputs.every(hasOpenRows),
    inputs: found.inputs,
    outputs: found.outputs,
  };
  return { weights: [...facts.externalFiles], signature };
}

function hasOpenRows({ shape }: SignatureTensor): boolean {
  const [first] = shape ?? [];
  return typeof first === "string" || first === -1;
}

/** Returns the signatures of the models among the files of a folder. */
export async function signaturesIn(
  folder: string,
  files: readonly StoredFile[],
): Promise<Record<string, ModelSignature>> {
  const models = files.filter(({ path }) => MODEL.test(path));
  const found: [string, ModelSignature][] = [];
  for (const { path, size } of models) {
    const content = await readContent(join(folder, path), size);
    const name = models.length === 1 ? "run" : path;
    if (content?.signature !== undefined) found.push([name, content.signature]);
  }
  return Object.fromEntries(found);
}
