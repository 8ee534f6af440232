/**
 * The entry `ekiben/bundle`: bundles services for places without a file system.
 * @module
 */

export type { EsbuildPlugin } from "./esbuild.ts";
export { workerd } from "./workerd.ts";
