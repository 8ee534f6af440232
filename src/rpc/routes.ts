/**
 * rpcRoutes(): everything that a service offers over Connect, gRPC-Web and gRPC.
 * @module
 */

import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import type { Cors } from "../access/cors.ts";
import { requireUnique } from "../check.ts";
import { BentoService as BentoV1 } from "../gen/bentoml/grpc/v1/service_pb.ts";
import { BentoService as BentoV1alpha1 } from "../gen/bentoml/grpc/v1alpha1/service_pb.ts";
import { Inference } from "../gen/ekiben/v1/inference_pb.ts";
import { Health } from "../gen/grpc/health/v1/health_pb.ts";
import * as v1 from "../gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { GRPCInferenceService } from "../gen/inference/grpc_service_pb.ts";
import type { RequestCounter } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { API_CODECS, type Codec } from "./api-codec.ts";
import { bentoV1, bentoV1alpha1 } from "./bentoml.ts";
import { type Gate, gateOf } from "./gate.ts";
import { health } from "./health.ts";
import { inference } from "./inference.ts";
import { interceptorsOf } from "./interceptors.ts";
import { mountingRouter } from "./mounted.ts";
import { openInference } from "./oip/service.ts";
import { type Preflight, preflightOf } from "./preflight.ts";
import { namesOf, reflection } from "./reflection.ts";
import { type RpcServer, type RpcServerOptions, rpcServer } from "./rpc-server.ts";
import { TypedService } from "./typed/typed-service.ts";

/** A function that adds services to a router. */
export interface Routes {
  (router: ConnectRouter): void;
  /** Counts calls of these services; `undefined` if they are not counted. */
  readonly requests?: RequestCounter;
  /** The interceptors around every call. */
  readonly interceptors?: Interceptor[];
  /** Reads and writes the messages of some methods, where no interceptors are to see them. */
  readonly codecs?: ReadonlyMap<DescMethod, Codec>;
  /** Answers requests by OPTIONS; undefined if the service has no middleware. */
  readonly preflight?: Preflight;
  /** Runs before the message of a call is received; undefined if nothing has to. */
  readonly gate?: Gate;
  /** The pages of other origins that may call; undefined for none. */
  readonly cors?: Cors;
  /** The APIs with messages of their own, which are added at their first call. */
  readonly typed?: TypedService;
}

/** The settings of the calls of a service. */
export interface RpcRoutesOptions extends RpcServerOptions {
  /** Lets callers list the services and their messages (gRPC reflection). Default true. */
  readonly reflection?: boolean;
}

/**
 * Returns the routes of a service: its APIs by BentoML's two interfaces, by
 * `ekiben.v1.Inference`, which streams, and by an rpc of its own each; its models by the Open
 * Inference Protocol; health, reflection, and the services that it mounts; see `contextOf()`.
 *
 * @throws RangeError for an option that is not as described, TypeError when the routes are added
 *   for a method that stands twice
 */
export function rpcRoutes(service: Service, options: RpcRoutesOptions = {}): Routes {
  return routesOf(rpcServer(service, options), options);
}

/** As `rpcRoutes()`, of a server. */
export function routesOf(
  server: RpcServer,
  options: Pick<RpcRoutesOptions, "access" | "reflection">,
): Routes {
  const { service } = server;
  const typed = TypedService.of(server);
  const add: Routes = (router) => {
    const mounted = new Map<string, DescService>();
    const register = (added: DescService): void => void mounted.set(added.typeName, added);
    const offer: ConnectRouter["service"] = (added, implementation) => {
      register(added);
      return router.service(added, implementation);
    };
    service.rpc?.(mountingRouter(router, server, register));
    offer(BentoV1, bentoV1(server));
    offer(BentoV1alpha1, bentoV1alpha1(server));
    offer(Inference, inference(server));
    // A service may have its own implementation, instead.
    if (service.models !== undefined && !mounted.has(GRPCInferenceService.typeName)) {
      offer(GRPCInferenceService, openInference(server, service.models));
    }
    // A service that is mounted under its name takes its calls.
    const late = typed !== undefined && !mounted.has(typed.typeName) ? typed : undefined;
    const isKnown = (name: string): boolean => mounted.has(name) || name === late?.typeName;
    offer(Health, health(service, { has: isKnown, names: () => namesOf(mounted, late) }));
    if (options.reflection !== false) {
      const answers = reflection(mounted, late);
      offer(v1.ServerReflection, answers);
      offer(v1alpha.ServerReflection, answers);
    }
    // A router accepts two handlers of one path, but calls only one of them.
    requireUnique(
      router.handlers.map(({ requestPath }) => requestPath),
      (twice) => `Cannot offer ${twice} twice`,
    );
  };
  const preflight = preflightOf(server);
  const gate = gateOf(server);
  const { cors } = options.access ?? {};
  return Object.assign(
    add,
    { requests: server.requests, interceptors: interceptorsOf(server), codecs: API_CODECS },
    preflight && { preflight },
    gate && { gate },
    cors && { cors },
    typed && { typed },
  );
}
