/** Small models for tests, each unusual in one way. make.py writes most of them. */
import { fileURLToPath } from "node:url";

/** Returns the file of a model by its name. */
export function modelUrl(name: string): URL {
  return new URL(`./${name}.onnx`, import.meta.url);
}

/** Returns its path. */
export function modelPath(name: string): string {
  return fileURLToPath(modelUrl(name));
}
