/**
 * The entry `ekiben/bundle`: bundles services for places without a file system.
 * @module
 */

export { browser } from "./browser.ts";
export type { EsbuildPlugin } from "./esbuild.ts";
export { workerd } from "./workerd.ts";
