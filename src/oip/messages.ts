/**
 * The messages of the Open Inference Protocol as values, the same for HTTP and for gRPC.
 * @module
 */

import type { NamedTensors } from "../service/models.ts";
import type { Tensor } from "../tensor.ts";

/** The value of a parameter. */
export type ParameterValue = boolean | number | bigint | string;

/** The parameters of a request, an input or an output, by name. */
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** An output that a caller asks for. */
export interface RequestedOutput {
  readonly name: string;
  readonly parameters: Parameters;
}

/** A request for an inference. */
export interface InferRequest {
  /** Given back in the response. */
  readonly id: string | undefined;
  readonly parameters: Parameters;
  /** The inputs, whose dtypes, shapes and lengths have been checked against the model. */
  readonly inputs: NamedTensors;
  /** The outputs to answer; undefined for all. */
  readonly outputs: readonly RequestedOutput[] | undefined;
}

/** One output of a response. */
export interface InferOutput {
  readonly name: string;
  readonly tensor: Tensor;
  /** The parameters with which it was requested. */
  readonly requested: Parameters;
}

/** The answer to a request. */
export interface InferResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string | undefined;
  readonly outputs: readonly InferOutput[];
  /** The parameters of the request: they may ask for a form of the answer. */
  readonly requested: Parameters;
}
