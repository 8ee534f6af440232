/**
 * The files that hold the weights of models, beside them.
 * @module
 */

import { ServiceError } from "../error.ts";
import { MODEL, readContent } from "./describe.ts";
import { checkRelativePath } from "./relative-path.ts";

/**
 * Returns the paths of the weights of a model, which must be in its folder.
 *
 * @param path the path of the model among the files of its folder or repository
 * @param at where its content is
 * @throws ServiceError `failed_precondition` if that is not a model; `invalid_argument` for weights
 *   outside its folder
 */
export async function weightsOf(path: string, at: string, size: number): Promise<string[]> {
  if (!MODEL.test(path)) return [];
  const content = await readContent(at, size);
  if (content === undefined) {
    throw new ServiceError("failed_precondition", `${path} is not a model in ONNX's format`);
  }
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
  return content.weights.map((name) => {
    const own = name.replaceAll("\\", "/").replace(/^(?:\.\/)+/, "");
    return `${folder}${checkRelativePath(`file with weights of ${path}`, own)}`;
  });
}
