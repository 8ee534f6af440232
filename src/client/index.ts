/**
 * The entry `ekiben/client`: a typed client of a service, from its type alone.
 * @module
 */

export { type Code, ServiceError } from "../error.ts";
export { type DType, type Tensor, tensor } from "../tensor.ts";
export { client } from "./client.ts";
export type { CallOptions, ClientOptions } from "./options.ts";
export type { Fetcher, Socket, Target } from "./target.ts";
export type { Transport } from "./transport.ts";
export type {
  ArrayInput,
  Bytes,
  Client,
  FileInput,
  ImageInput,
  NamedBytes,
  Pixels,
  Received,
  Sent,
  ServiceLike,
} from "./types.ts";
