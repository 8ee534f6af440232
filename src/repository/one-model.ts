/**
 * OneModel: the catalog of a single file.
 * @module
 */

import type { Catalog, FoundModel, ModelSettings } from "./model-settings.ts";

/** A catalog of one model, which has the version 1. */
export class OneModel implements Catalog {
  readonly place: string;
  readonly #model: FoundModel;

  constructor(name: string, url: URL, settings: ModelSettings = {}) {
    this.place = url.href;
    this.#model = { name, settings, versions: [{ version: "1", url }] };
  }

  async list(): Promise<readonly FoundModel[]> {
    return [this.#model];
  }

  async find(name: string): Promise<FoundModel | undefined> {
    return name === this.#model.name ? this.#model : undefined;
  }
}
