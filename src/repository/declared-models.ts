/**
 * declaredModels(): the tensors of the models of a catalog as their files declare them, for
 * documents about models that do not run.
 * @module
 */

import { readModel } from "../onnx/model-file.ts";
import { type DeclaredSignature, type DeclaredTensor, readSignature } from "../onnx/signature.ts";
import type { DeclaredModel } from "../service/models.ts";
import { isDType, type TensorSpec } from "../tensor.ts";
import type { Catalog } from "./model-settings.ts";

/**
 * Reads the newest version of each model. One that cannot be read is left out: it says why when it
 * is served.
 *
 * @throws Error if the catalog cannot be read
 */
export async function declaredModels(
  catalog: Catalog,
): Promise<ReadonlyMap<string, DeclaredModel>> {
  const declared = new Map<string, DeclaredModel>();
  for (const model of await catalog.list()) {
    const [newest] = "reason" in model ? [] : model.versions;
    const signature = newest && (await signatureOf(newest.url));
    if (signature === undefined) continue;
    const { name } = model;
    const { inputs, outputs } = signature;
    declared.set(name, { name, inputs: inputs.map(specOf), outputs: outputs.map(specOf) });
  }
  return declared;
}

async function signatureOf(url: URL): Promise<DeclaredSignature | undefined> {
  try {
    const { bytes } = await readModel(url);
    return readSignature(bytes);
  } catch {
    return undefined;
  }
}

function specOf({ name, dtype, shape }: DeclaredTensor): TensorSpec {
  return {
    name,
    dtype: isDType(dtype) ? dtype : undefined,
    shape: shape?.map((length) => (length === -1 ? "" : length)),
  };
}
