/**
 * The entry `ekiben/serve`: servers on Bun, Deno and Node. It needs a runtime with sockets and
 * threads; all that also works without is in `ekiben`.
 * @module
 */

export type { ConfigSource } from "./runtime/config-file.ts";
export type { CertificateFiles } from "./runtime/http2/certificates.ts";
export { type Server, serve } from "./runtime/serve.ts";
export { serveGrpc } from "./runtime/serve-grpc.ts";
export type { ServeGrpcOptions, ServeOptions } from "./runtime/serve-options.ts";
export type { UncaughtPolicy } from "./runtime/uncaught-policy.ts";
