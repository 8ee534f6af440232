/**
 * The headers that keep browsers from making something else of an answer.
 * @module
 */

import type { Cors } from "./cors.ts";

/** Has browsers believe the content type: none takes text for HTML, or JSON for a script. */
export const TYPE_OPTIONS = "x-content-type-options";
export const NO_SNIFFING = "nosniff";

/** Says which pages may load an answer without CORS: as a picture or a script, for example. */
export const RESOURCE_POLICY = "cross-origin-resource-policy";

/**
 * Returns the value of `RESOURCE_POLICY` for answers to GET, of which pages load such things. It
 * cannot name origins, so that it is for every page or for none of another origin. Calls by
 * `fetch()` are a matter of CORS alone.
 */
export function resourcePolicy(cors: Cors | undefined): "same-origin" | "cross-origin" {
  return cors?.isAny === true ? "cross-origin" : "same-origin";
}
