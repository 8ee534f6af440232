/**
 * The keys under `api_server.grpc`.
 * @module
 */

import { NO_CHANNELZ, UNLIMITED_MESSAGE_LENGTH } from "../bentoml/config-keys.ts";
import { type Section, subsection } from "./mapping.ts";
import { address, flag, isNumber, portNumber, valueAt, wholeNumber } from "./value.ts";

/** The settings of the gRPC server that the configuration has. */
export interface GrpcConfig {
  /** The address to listen on. */
  readonly host: string | undefined;
  /** The port; 0 for any free one. */
  readonly port: number | undefined;
  /** The most concurrent calls on one connection. */
  readonly maxConcurrentStreams: number | undefined;
  /** The most concurrent calls on all connections. */
  readonly maxConcurrentCalls: number | undefined;
  /** The largest message that is accepted, in bytes. BentoML's -1 is `unlimited`. */
  readonly maxMessageBytes: number | "unlimited" | undefined;
  readonly reflection: boolean | undefined;
  /** The address of the metrics of `serve-grpc`. */
  readonly metrics: { readonly host: string | undefined; readonly port: number | undefined };
}

const KEYS = {
  known: [
    ...["host", "port", "max_concurrent_streams", "maximum_concurrent_rpcs"],
    ...["max_message_length", "reflection", "channelz", "metrics"],
  ],
};

/** The bound of gRPC's own option, a signed integer of 32 bits. */
export const MAX_MESSAGE_LENGTH: number = 2 ** 31 - 1;
/** The bound of a setting of HTTP/2, an unsigned integer of 32 bits. */
export const MAX_STREAMS: number = 2 ** 32 - 1;

/** @throws Error for an unknown key or an invalid value */
export function grpcConfig(apiServer: Section): GrpcConfig {
  const grpc = subsection(apiServer, "grpc", KEYS);
  const metrics = subsection(grpc, "metrics", { known: ["host", "port"] });
  const reflection = subsection(grpc, "reflection", { known: ["enabled"] });
  refuseChannelz(subsection(grpc, "channelz", { known: ["enabled"] }));
  return {
    host: address(grpc, "host"),
    port: portNumber(grpc, "port"),
    maxConcurrentStreams: wholeNumber(grpc, "max_concurrent_streams", 1, MAX_STREAMS),
    maxConcurrentCalls: wholeNumber(grpc, "maximum_concurrent_rpcs", 1),
    maxMessageBytes: maxMessageBytes(grpc),
    reflection: flag(reflection, "enabled"),
    metrics: { host: address(metrics, "host"), port: portNumber(metrics, "port") },
  };
}

function maxMessageBytes(grpc: Section): number | "unlimited" | undefined {
  const length = valueAt(
    grpc,
    "max_message_length",
    `a whole number from 1 to ${MAX_MESSAGE_LENGTH}, or ${UNLIMITED_MESSAGE_LENGTH} for no bound`,
    (value): value is number =>
      value === UNLIMITED_MESSAGE_LENGTH ||
      (Number.isInteger(value) && isNumber(value, 1, MAX_MESSAGE_LENGTH)),
  );
  return length === UNLIMITED_MESSAGE_LENGTH ? "unlimited" : length;
}

function refuseChannelz(channelz: Section): void {
  if (flag(channelz, "enabled") !== true) return;
  throw new Error(`"${channelz.path}.enabled" cannot be true: ${NO_CHANNELZ}`);
}
