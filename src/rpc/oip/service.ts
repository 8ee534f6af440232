/**
 * `inference.GRPCInferenceService`: the Open Inference Protocol over gRPC, Connect and gRPC-Web.
 * @module
 */

import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { type Code, ServiceError } from "../../error.ts";
import { GRPCInferenceService } from "../../gen/inference/grpc_service_pb.ts";
import type { InferHost } from "../../oip/infer.ts";
import { modelConfig, modelMetadata, serverMetadata } from "../../oip/metadata.ts";
import { controlOf } from "../../oip/model-control.ts";
import { indexOf } from "../../oip/repository-index.ts";
import { countedVersions } from "../../oip/statistics-document.ts";
import type { Models } from "../../service/models.ts";
import { VERSION } from "../../version.ts";
import { contextOf } from "../handler-context.ts";
import { wrapMethods } from "../implementation.ts";
import { invoked } from "../mounted.ts";
import type { RpcServer } from "../rpc-server.ts";
import { loadParameters } from "./load-parameters.ts";
import { configMessage } from "./model-config.ts";
import { modelInfer } from "./model-infer.ts";
import { modelStreamInfer } from "./model-stream-infer.ts";
import { statisticsMessage } from "./statistics.ts";

type Implementation = ServiceImpl<typeof GRPCInferenceService>;

/** The probes, which are answered without the guards of the service, also during a stop. */
type Probes = Pick<Implementation, "serverLive" | "serverReady">;

/**
 * Implements the service. Calls but probes are Invocations, like those of APIs.
 *
 * @param models the models that it serves
 */
export function openInference(server: RpcServer, models: Models): Partial<Implementation> {
  const { service, clock } = server;
  const host: InferHost = { models, clock };
  const probes: Probes = {
    serverLive: () => ({ live: true }),
    serverReady: () => ({ ready: service.ready }),
  };
  /** Finds a model whose tensors are asked for. They are known once it has been loaded. */
  const described = async (name: string, version: string, handler: HandlerContext) => {
    await models.prepare?.(name, given(version), contextOf(handler));
    return models.find(name, given(version));
  };
  const calls: Omit<Implementation, keyof Probes | "modelInfer"> = {
    modelReady: ({ name, version }) => ({ ready: isReady(models, name, version) }),
    serverMetadata() {
      const { extensions, ...rest } = serverMetadata("ekiben", VERSION, models);
      return { ...rest, extensions: [...extensions] };
    },
    async modelMetadata({ name, version }, handler) {
      const model = await described(name, version, handler);
      const { inputs, outputs, versions, ...rest } = modelMetadata(model, models.versionsOf(name));
      const tensors = { inputs: inputs.map(withLongs), outputs: outputs.map(withLongs) };
      return { ...rest, ...tensors, versions: [...versions] };
    },
    async modelConfig({ name, version }, handler) {
      const model = await described(name, version, handler);
      return { config: configMessage(modelConfig(model, models.versionsOf(name))) };
    },
    modelStatistics({ name, version }) {
      const counted = countedVersions(models, given(name), given(version));
      return { modelStats: counted.map(statisticsMessage) };
    },
    repositoryIndex: ({ ready }) => ({ models: [...indexOf(models, ready)] }),
    async repositoryModelLoad({ modelName, parameters }) {
      const control = controlOf(models);
      await control.load(modelName, loadParameters(parameters));
      return {};
    },
    async repositoryModelUnload({ modelName }) {
      await controlOf(models).unload(modelName);
      return {};
    },
    modelStreamInfer: (requests, handler) =>
      modelStreamInfer(service, host, requests, contextOf(handler)),
  };
  return {
    ...probes,
    ...wrapMethods(GRPCInferenceService, calls, (method, handle) =>
      invoked(server, method, handle),
    ),
    modelInfer: (request, handler) => modelInfer(server, host, request, handler),
  };
}

/** The codes of the errors of models that are not there, or not loaded. */
const NOT_READY: readonly Code[] = ["not_found", "unavailable"];

/** Returns a name or a version that was given; undefined for an empty one. */
function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}

/**
 * Returns true if a model can take calls: false, as by Triton, also for one that is not there or
 * that cannot be loaded.
 */
function isReady(models: Models, name: string, version: string): boolean {
  try {
    return models.find(name, given(version)).ready;
  } catch (error) {
    if (error instanceof ServiceError && NOT_READY.includes(error.code)) return false;
    throw error;
  }
}

/** Returns the metadata of a tensor with its shape as int64. */
function withLongs<T extends { readonly shape: readonly number[] }>(
  tensor: T,
): Omit<T, "shape"> & { readonly shape: bigint[] } {
  return { ...tensor, shape: tensor.shape.map(BigInt) };
}
