/**
 * The code that serves, which is most of the program: a command loads it by this module, when its
 * flags are right.
 * @module
 */

import type { Config } from "../config/config.ts";
import { type Server, serveWith } from "../runtime/serve.ts";
import { serveGrpcWith } from "../runtime/serve-grpc.ts";
import type { ServeGrpcOptions, ServeOptions } from "../runtime/serve-options.ts";
import { keepCompiled } from "./compile-cache.ts";
import { devLink } from "./dev/link.ts";
import { loadTarget, type TargetOptions } from "./target.ts";

/** What to serve, and how. */
interface Serving<O> {
  readonly target: string | undefined;
  readonly how: TargetOptions;
  readonly options: O;
  readonly config: Config;
}

/** Serves a target over HTTP, and over gRPC unless the options exclude it. */
export function serveTarget(serving: Serving<ServeOptions>): Promise<Server> {
  return served(serving, serveWith);
}

/** Serves a target over gRPC. */
export function serveTargetGrpc(serving: Serving<ServeGrpcOptions>): Promise<Server> {
  return served(serving, serveGrpcWith);
}

async function served<O>(
  { target, how, options, config }: Serving<O>,
  serve: (
    service: Awaited<ReturnType<typeof loadTarget>>,
    options: O,
    internals: Parameters<typeof serveWith>[2],
  ) => Promise<Server>,
): Promise<Server> {
  const link = devLink();
  const service = await loadTarget(target, how);
  const internals = { config, opened: link?.opened, publicHost: link?.host };
  const server = await serve(service, options, internals);
  link?.ready();
  keepCompiled();
  return server;
}
