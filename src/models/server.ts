/**
 * The store of Bun, Deno and Node. What writes and fetches is loaded when it is needed, so that a
 * worker that reads a model starts without it.
 * @module
 */

import { fileURLToPath } from "node:url";
import type { ModelLocator, Models } from "./models.ts";
import { StoreReader } from "./store-reader.ts";

/** The store that the environment names. */
export const models: Models = {
  get: (tag) => new StoreReader().get(tag),
  list: (filter) => new StoreReader().list(filter),
  async import(path, options) {
    const [{ Store }, { importModel }] = await Promise.all([
      import("./store.ts"),
      import("./import.ts"),
    ]);
    return await importModel(
      new Store(),
      path instanceof URL ? fileURLToPath(path) : path,
      options,
    );
  },
  async create(name, files, options = {}) {
    const { createModel } = await import("./create.ts");
    return await createModel(name, files, options);
  },
  async pull(source, options) {
    const { pull } = await import("./locate.ts");
    return (await pull(String(source), options)).model;
  },
  async export(tag, path) {
    const { exportModel } = await import("./export.ts");
    return await exportModel(new StoreReader().get(tag), path);
  },
  async delete(tag) {
    const { Store } = await import("./store.ts");
    const store = new Store();
    await store.delete(store.get(tag));
  },
};

/** Finds models in the store, and fetches those of a hub. */
export const locator: ModelLocator = {
  async locate(source) {
    const { locate } = await import("./locate.ts");
    return await locate(source);
  },
};
