/**
 * The page on servers and in workerd: its files are loaded at the first request.
 * @module
 */

import type { PageAssets } from "./asset.ts";

/** Loads the files of the page. */
export const loadPage: (() => Promise<PageAssets>) | undefined = async () =>
  (await import("./gen/assets.ts")).PAGE;
