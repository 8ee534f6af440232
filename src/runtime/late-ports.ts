/**
 * The ports for HTTP and gRPC at once, which few servers have: the code of each is loaded when it
 * is opened.
 * @module
 */

import type { LateRpc } from "../rpc/late-rpc.ts";
import type { CertificateFiles, Certificates } from "./http2/certificates.ts";
import type { Http2Options } from "./http2/rpc-handler.ts";
import type { TlsOptions } from "./http2/tls-port.ts";
import type { Fetch, Listener } from "./listener.ts";

/** Reads the files of certificates. @throws Error for what cannot be read or used */
export async function certificatesOf(files: CertificateFiles): Promise<Certificates> {
  const { readCertificates } = await import("./http2/certificates.ts");
  return await readCertificates(files);
}

/** Opens a port with TLS. @param rpc undefined for no gRPC */
export async function openTls(
  rpc: LateRpc | undefined,
  fetch: Fetch,
  options: TlsOptions,
): Promise<Listener> {
  const { openTlsPort } = await import("./http2/tls-port.ts");
  return await openTlsPort(await rpc?.routes(), fetch, options);
}

/** Opens a port without TLS for HTTP/1.1 and HTTP/2. */
export async function openOne(
  rpc: LateRpc,
  fetch: Fetch,
  options: Http2Options,
): Promise<Listener> {
  const { openOnePort } = await import("./http2/one-port.ts");
  return await openOnePort(await rpc.routes(), fetch, options);
}
