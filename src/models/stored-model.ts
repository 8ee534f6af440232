/**
 * StoredModel: a model in the store.
 * @module
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ServiceError } from "../error.ts";
import type { Model } from "./model.ts";
import { chooseModelFile } from "./model-file-choice.ts";
import type { ModelInfo } from "./model-info.ts";

/** A model in the store. */
export class StoredModel implements Model {
  readonly path: string;
  readonly info: ModelInfo;

  constructor(path: string, info: ModelInfo) {
    this.path = path;
    this.info = info;
  }

  get name(): string {
    return this.info.name;
  }

  get version(): string {
    return this.info.version;
  }

  get tag(): string {
    return `${this.name}:${this.version}`;
  }

  get size(): number {
    return this.info.files.reduce((sum, { size }) => sum + size, 0);
  }

  file(file?: string): string {
    const paths = this.info.files.map(({ path }) => path);
    const found = file ?? chooseModelFile(paths, `Model ${this.tag}`);
    if (paths.includes(found)) return join(this.path, found);
    const list = paths.length > 20 ? `${paths.slice(0, 20).join(", ")}, …` : paths.join(", ");
    throw new ServiceError(
      "not_found",
      `Model ${this.tag} has no file ${JSON.stringify(found)}: it has ${list}`,
    );
  }

  url(file?: string): URL {
    return pathToFileURL(this.file(file));
  }
}
