/**
 * The entry `ekiben/client/connect`: the transports Connect and gRPC-Web of `ekiben/client`.
 * @module
 */

export { type ConnectProtocol, connectTransport } from "./connect-transport.ts";
