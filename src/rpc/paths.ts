/**
 * The paths of a service's methods, which are known before the code that answers them is loaded.
 * @module
 */

import type { ConnectRouter } from "@connectrpc/connect";
import { requireUnique } from "../check.ts";
import type { Service } from "../service/service.ts";
import { typedNames } from "./typed/typed-names.ts";

/** The methods of every service. */
const METHODS: readonly string[] = [
  "/bentoml.grpc.v1.BentoService/Call",
  "/bentoml.grpc.v1.BentoService/ServiceMetadata",
  "/bentoml.grpc.v1alpha1.BentoService/Call",
  "/ekiben.v1.Inference/CallStream",
  "/ekiben.v1.Inference/Get",
  "/grpc.health.v1.Health/Check",
  "/grpc.health.v1.Health/Watch",
];

const REFLECTION: readonly string[] = [
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/** The service of models. */
const INFERENCE = "/inference.GRPCInferenceService/";

const INFERENCE_METHODS: readonly string[] = [
  "ModelConfig",
  "ModelInfer",
  "ModelMetadata",
  "ModelReady",
  "ModelStatistics",
  "ModelStreamInfer",
  "RepositoryIndex",
  "RepositoryModelLoad",
  "RepositoryModelUnload",
  "ServerLive",
  "ServerMetadata",
  "ServerReady",
].map((name) => INFERENCE + name);

/**
 * Returns the paths of all methods of a service.
 *
 * @throws TypeError for a method that stands twice
 */
export function methodPaths(
  service: Service,
  { reflection = true }: { readonly reflection?: boolean } = {},
): readonly string[] {
  const mounted = mountedPaths(service);
  // A service that is mounted under its name takes the calls of a service of models.
  const isOwn = mounted.some((path) => path.startsWith(INFERENCE));
  const paths = [
    ...mounted,
    ...METHODS,
    ...(service.models === undefined || isOwn ? [] : INFERENCE_METHODS),
    ...(reflection ? REFLECTION : []),
  ];
  requireUnique(paths, (twice) => `Cannot offer ${twice} twice`);
  return [...new Set([...paths, ...(typedNames(service)?.paths ?? [])])];
}

/** Returns the paths of the services that the user has mounted. */
function mountedPaths({ rpc }: Service): readonly string[] {
  const paths: string[] = [];
  const router: ConnectRouter = {
    handlers: [],
    service({ typeName, methods }) {
      paths.push(...methods.map(({ name }) => `/${typeName}/${name}`));
      return router;
    },
    rpc({ parent, name }) {
      paths.push(`/${parent.typeName}/${name}`);
      return router;
    },
  };
  rpc?.(router);
  return paths;
}
