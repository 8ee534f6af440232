/**
 * The part of esbuild's plugin interface that is used. Projects choose the version of esbuild
 * themselves.
 * @module
 */

/** A plugin of esbuild. */
export interface EsbuildPlugin {
  readonly name: string;
  setup(build: PluginBuild): void;
}

/** The argument of `setup`. */
export interface PluginBuild {
  readonly initialOptions: BuildOptions;
  readonly esbuild: {
    transform(text: string, options: TransformOptions): Promise<{ readonly code: string }>;
  };
  resolve(path: string, options: ResolveOptions): Promise<Resolved>;
  onStart(callback: () => void): void;
  onResolve(
    filter: { readonly filter: RegExp; readonly namespace?: string },
    callback: (args: ResolveArgs) => Promise<OnResolveResult | undefined>,
  ): void;
  onLoad(
    filter: { readonly filter: RegExp; readonly namespace?: string },
    callback: (args: { readonly path: string }) => Promise<OnLoadResult | undefined>,
  ): void;
  onEnd(callback: (result: BuildResult) => void): void;
}

/** The options of a build that the plugins read and set. */
export interface BuildOptions {
  absWorkingDir?: string;
  banner?: { [type: string]: string };
  bundle?: boolean;
  conditions?: string[];
  external?: string[];
  format?: "iife" | "cjs" | "esm";
  outdir?: string;
  outfile?: string;
  sourcemap?: boolean | "linked" | "inline" | "external" | "both";
  target?: string | string[];
  write?: boolean;
}

/** The languages of modules. */
export type Loader = "js" | "jsx" | "ts" | "tsx";

interface TransformOptions {
  readonly define: Record<string, string>;
  readonly jsx: "preserve";
  readonly loader: Loader;
  readonly sourcefile: string;
  readonly sourcemap: "inline";
  readonly target: "esnext";
}

interface ResolveOptions {
  readonly importer?: string;
  readonly kind: "import-statement";
  readonly resolveDir: string;
  readonly pluginData?: unknown;
}

interface ResolveArgs {
  readonly path: string;
  readonly importer: string;
  readonly resolveDir: string;
  readonly pluginData: unknown;
}

interface Message {
  readonly text: string;
}

interface Resolved {
  readonly path: string;
  readonly errors: readonly Message[];
}

interface OnResolveResult {
  readonly path?: string;
  readonly external?: boolean;
  readonly errors?: { readonly text: string }[];
}

interface OnLoadResult {
  readonly contents: string;
  readonly loader: Loader;
  readonly watchFiles?: string[];
  readonly warnings?: { readonly text: string }[];
}

/** A file of a build that is not written. */
export interface OutputFile {
  readonly path: string;
  readonly contents: Uint8Array;
  readonly hash: string;
  readonly text: string;
}

interface BuildResult {
  readonly errors: readonly Message[];
  readonly outputFiles?: OutputFile[] | undefined;
}
