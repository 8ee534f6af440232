/**
 * The models of the service, by the Open Inference Protocol.
 * @module
 */

import type { Server } from "./server.ts";

/** A tensor that a model takes or returns. */
export interface TensorInfo {
  readonly name: string;
  readonly datatype: string;
  /** The sizes of its axes; -1 is open. */
  readonly shape: readonly number[];
}

/** The metadata of a model. */
export interface ModelInfo {
  readonly name: string;
  readonly versions?: readonly string[];
  readonly platform?: string;
  readonly inputs?: readonly TensorInfo[];
  readonly outputs?: readonly TensorInfo[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A model as the index of the repository lists it. */
export interface ModelState {
  readonly name: string;
  readonly version?: string;
  readonly state?: string;
  readonly reason?: string;
}

/** Returns the models and their states; none where the server has no models. */
export async function readModels(server: Server): Promise<readonly ModelState[]> {
  const response = await server.fetch("/v2/repository/index", {
    method: "POST",
    body: "{}",
    headers: { "content-type": "application/json" },
  });
  if (!response.ok) return [];
  const states = (await response.json()) as readonly ModelState[];
  // A model with several versions is one callee.
  const names = new Set(states.map(({ name }) => name));
  return [...names].map((name) => {
    const own = states.filter((each) => each.name === name);
    return own.find(({ state }) => state === "READY") ?? own[0] ?? { name };
  });
}

/** Returns the metadata of a model; undefined while there is none. */
export function readModel(server: Server, name: string): Promise<ModelInfo | undefined> {
  return server.json(`/v2/models/${encodeURIComponent(name)}`);
}

/** Returns the path of a model's inferences. */
export function inferPath(name: string): string {
  return `/v2/models/${encodeURIComponent(name)}/infer`;
}
