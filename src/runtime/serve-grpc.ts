/**
 * serveGrpc(): a service over gRPC alone, with its metrics on a port beside it, as BentoML's
 * `serve-grpc`.
 * @module
 */

import process from "node:process";
import type { Access } from "../access/access.ts";
import { corsFetch } from "../http/access-routes.ts";
import { metricsApp } from "../http/metrics.ts";
import { log } from "../log.ts";
import { LateRpc } from "../rpc/late-rpc.ts";
import { checkService } from "../service/check-service.ts";
import { arrived } from "../service/request-listener.ts";
import { UNKNOWN } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { openAccess, whoMayCall } from "./access.ts";
import { readConfig } from "./config-file.ts";
import { byteBudgetOf, http2LimitsOf } from "./grpc-options.ts";
import { whyNoGrpc } from "./http2/deno-version.ts";
import { openGrpcServer } from "./http2/grpc-server.ts";
import { certificatesOf, openTls } from "./late-ports.ts";
import { type Ports, runService } from "./lifecycle.ts";
import { type Address, openPort } from "./listen.ts";
import { listenHttp1 } from "./listen-http1.ts";
import type { Fetch } from "./listener.ts";
import { grpcAlone } from "./ports.ts";
import type { Server } from "./serve.ts";
import { checkServeOptions, type ServeGrpcOptions, type ServeInternals } from "./serve-options.ts";
import { settingsOf } from "./settings.ts";

/** Answers requests that are not calls on the gRPC port over TLS, where there is nothing else. */
function notFound({ requests }: LateRpc, { cors }: Access): Fetch {
  const answer: Fetch = (request) => {
    requests.begin(UNKNOWN, arrived(request)).end(404);
    return new Response(null, { status: 404 });
  };
  return cors === undefined ? answer : corsFetch((request) => answer(request), cors, requests);
}

/**
 * Serves a service over gRPC.
 *
 * @throws Error when a port cannot be opened or a runner cannot start; nothing is left running
 */
export function serveGrpc(service: Service, options: ServeGrpcOptions = {}): Promise<Server> {
  return serveGrpcWith(service, options, {});
}

/** As `serveGrpc()`, with internal settings. */
export async function serveGrpcWith(
  service: Service,
  options: ServeGrpcOptions,
  internals: ServeInternals,
): Promise<Server> {
  checkService("serveGrpc", service);
  checkServeOptions("serveGrpc", options);
  const { limits, config = await readConfig(options.config) } = internals;
  const settings = settingsOf(options, { limits, config });
  const { grpc: grpcAt, metrics: metricsAt } = grpcAlone(options, config);
  const trouble = whyNoGrpc(process.versions["deno"]);
  if (trouble !== undefined) throw new Error(trouble);
  const budget = internals.budget ?? byteBudgetOf(settings);
  const { publicHost = grpcAt.host } = internals;
  const metricsHost = internals.publicHost ?? metricsAt.host;
  const opening = openAccess(service, settings, publicHost, metricsHost);
  const { access, metricsAccess, watch } = await opening;
  const certificates = settings.tls && (await certificatesOf(settings.tls));
  const { opened = (ports: Ports): Ports => ports } = internals;
  const { ports, close } = await runService(
    service,
    options,
    config,
    async (pictures) => {
      const rpc = new LateRpc(service, { ...settings, pictures, access });
      await rpc.check();
      const bounds = { limits: http2LimitsOf(settings), budget };
      const open = (at: Address) =>
        certificates === undefined
          ? openGrpcServer(rpc, { ...at, ...bounds }, "start")
          : openTls(rpc, notFound(rpc, access), { ...at, ...bounds, certificates });
      const grpc = await openPort("grpc", grpcAt, open);
      if (settings.metrics.enabled === false) return opened([grpc]);
      try {
        const { fetch: metrics } = metricsApp(service.metrics, metricsAccess);
        const { cors } = metricsAccess;
        const answer = cors === undefined ? metrics : corsFetch(metrics, cors);
        const fetch = (request: Request, env?: object) => answer(request, env);
        const listen = (at: Address) => listenHttp1(fetch, at);
        return opened([grpc, await openPort("http", metricsAt, listen)]);
      } catch (error) {
        await grpc.listener.close(0);
        throw error;
      }
    },
    watch,
  );
  log.info(whoMayCall(publicHost, access));
  const [grpc] = ports;
  const { port } = grpc.listener;
  return { port, url: grpc.text, grpcPort: port, close, [Symbol.asyncDispose]: close };
}
