/**
 * The store of browsers and workerd, which have no file system.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { ModelLocator, Models } from "./models.ts";

function missing(): never {
  throw new ServiceError(
    "unimplemented",
    "This runtime has no file system, and so no store of models: it is there on Bun, Deno and " +
      "Node. Give openSession() a URL, or the bytes of the model",
  );
}

/** No store. */
export const models: Models = {
  get: missing,
  list: missing,
  import: async () => missing(),
  create: async () => missing(),
  pull: async () => missing(),
  export: async () => missing(),
  delete: async () => missing(),
};

/** Finds nothing. */
export const locator: ModelLocator = { locate: async () => missing() };
