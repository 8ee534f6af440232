/**
 * The page in a browser, whose own page is at `/`: none.
 * @module
 */

import type { PageAssets } from "./asset.ts";

/** Undefined: there is no page. */
export const loadPage: (() => Promise<PageAssets>) | undefined = undefined;
