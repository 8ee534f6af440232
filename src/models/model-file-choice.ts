/**
 * Chooses the file that is the model among the files of a folder or a repository.
 * @module
 */

import { ServiceError } from "../error.ts";

/**
 * Returns the only ONNX model of a list of paths; of several, the one that is called `model.onnx`
 * at the top.
 *
 * @param where the owner of the files, as the beginning of a message
 * @throws ServiceError `not_found` if there is none; `failed_precondition` with the list of several
 */
export function chooseModelFile(paths: readonly string[], where: string): string {
  const models = paths.filter((path) => /\.onnx$/i.test(path));
  const [only, ...others] = models;
  if (only === undefined) throw new ServiceError("not_found", `${where} has no file *.onnx`);
  if (others.length === 0) return only;
  if (models.includes("model.onnx")) return "model.onnx";
  throw new ServiceError(
    "failed_precondition",
    `${where} has several models: name one of ${models.sort().join(", ")}`,
  );
}
