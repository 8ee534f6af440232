/** The small models for tests, each made to be odd in one way; make.py makes most of them. */
import { fileURLToPath } from "node:url";

/** The file of a model by its name. */
export function modelUrl(name: string): URL {
  return new URL(`./${name}.onnx`, import.meta.url);
}

/** Its path. */
export function modelPath(name: string): string {
  return fileURLToPath(modelUrl(name));
}
