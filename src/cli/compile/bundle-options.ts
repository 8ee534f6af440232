/** The options that the command passes to the bundler, which runs in a process of its own. */
export interface BundleOptions {
  /** The path of the service, or of the model. */
  readonly file: string;
  /** The path of the executable to write. */
  readonly outfile: string;
  /** Bun's name of the system to compile for; `undefined` for this one. */
  readonly platform: string | undefined;
  /** The paths of further files to put in. */
  readonly include: readonly string[];
}
