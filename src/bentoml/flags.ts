/**
 * The flags of BentoML's commands `serve`, `serve-http` and `serve-grpc` that have no effect here
 * (BentoML 1.0 and 1.1, `bentoml_cli/serve.py`).
 * @module
 */

/** Flags that are accepted, so that BentoML's command lines work, and the reason for no effect. */
export const IDLE_FLAGS: Readonly<Record<string, string>> = {
  "--production": "it is the default",
  "--api-workers <number>": "one process takes all calls, and models run in the workers of runners",
  "--backlog <number>": "the runtime has its own",
  "--env <name>": "there is no Python environment",
};

/** The same for `serve-grpc` alone. */
export const IDLE_GRPC_FLAGS: Readonly<Record<string, string>> = {
  "--protocol-version <name>": "v1 and v1alpha1 are both served",
};

/** A flag of `serve-grpc` that is refused. */
export const REFUSED_GRPC_FLAG = "--enable-channelz";

/** Replaces BentoML's short flags of two letters, which other parsers read as two flags. */
export function withLongFlags(words: readonly string[]): readonly string[] {
  return words.map((word) => (word === "-pv" ? "--protocol-version" : word));
}
