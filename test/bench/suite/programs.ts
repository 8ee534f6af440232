/** The servers that are compared. */
import type { RuntimeName } from "../runtimes.ts";
import type { Program } from "./server-process.ts";

const cli = new URL("../../../src/cli/bin.ts", import.meta.url);
const root = new URL("../../../", import.meta.url);

/** `ekiben serve`, with the settings that a user gets by default and those given. */
export function ekiben(
  runtime: RuntimeName,
  target: string,
  flags: readonly string[] = [],
): Program {
  const isOne = flags.includes("--one-port");
  return {
    runtime,
    file: cli,
    args: (port, grpcPort) => [
      ...["serve", new URL(target, root).pathname, "--host", "127.0.0.1", "--port", `${port}`],
      ...(isOne ? [] : ["--grpc-port", `${grpcPort}`]),
      ...flags,
    ],
  };
}

/** A server of `servers/`, whose first argument is its port. */
export function bare(runtime: RuntimeName, name: string, ...more: readonly string[]): Program {
  const file = new URL(`servers/${name}.ts`, import.meta.url);
  return { runtime, file, args: (port) => [String(port), ...more] };
}
