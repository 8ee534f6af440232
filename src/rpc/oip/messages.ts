/**
 * The messages of an inference, as its handlers take and return them: those of protobuf-es are of
 * these types, and so is what the codec of the short path makes of the bytes.
 * @module
 */

import type { InferParameter } from "../../gen/inference/grpc_service_pb.ts";

/** The most inputs, outputs or parameters of a request, and the most axes of a tensor. */
export const MAX_ITEMS = 1024;

/** The value of a parameter. */
export type ParameterMessage = Pick<InferParameter, "parameterChoice">;

/** Parameters by name. */
export type ParameterMessages = Readonly<Record<string, ParameterMessage>>;

/** The elements of a tensor: one of the fields has them, and the rest are empty. */
export interface ContentsMessage {
  readonly boolContents: ArrayLike<boolean | number>;
  readonly intContents: ArrayLike<number>;
  readonly int64Contents: ArrayLike<bigint>;
  readonly uintContents: ArrayLike<number>;
  readonly uint64Contents: ArrayLike<bigint>;
  readonly fp32Contents: ArrayLike<number>;
  readonly fp64Contents: ArrayLike<number>;
  readonly bytesContents: ArrayLike<Uint8Array>;
}

/** An input. */
export interface InputMessage {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly (bigint | number)[];
  readonly parameters: ParameterMessages;
  readonly contents?: ContentsMessage | undefined;
}

/** An output that is asked for. */
export interface RequestedOutputMessage {
  readonly name: string;
  readonly parameters: ParameterMessages;
}

/** `ModelInferRequest`. */
export interface InferRequestMessage {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string;
  readonly parameters: ParameterMessages;
  readonly inputs: readonly InputMessage[];
  readonly outputs: readonly RequestedOutputMessage[];
  readonly rawInputContents: readonly Uint8Array[];
}

/** The elements of an output, as protobuf-es takes them. The codec takes typed arrays, too. */
export interface OutputContents {
  boolContents?: boolean[];
  intContents?: number[];
  int64Contents?: bigint[];
  uintContents?: number[];
  uint64Contents?: bigint[];
  fp32Contents?: number[];
  fp64Contents?: number[];
  bytesContents?: Uint8Array[];
}

/** An output. */
export interface OutputMessage {
  readonly name: string;
  readonly datatype: string;
  readonly shape: bigint[];
  readonly parameters: Record<string, ParameterMessage>;
  readonly contents?: OutputContents;
}

/** `ModelInferResponse`. */
export interface InferResponseMessage {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string;
  readonly parameters: Record<string, ParameterMessage>;
  readonly outputs: OutputMessage[];
  readonly rawOutputContents: Uint8Array[];
}

/** `ModelStreamInferResponse`. */
export interface StreamInferResponse {
  readonly errorMessage: string;
  readonly inferResponse: InferResponseMessage;
}
