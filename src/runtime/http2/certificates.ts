/**
 * Certificates: the files that TLS needs, read and checked before a port is opened.
 * @module
 */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createSecureContext, type TlsOptions } from "node:tls";
import { messageOf } from "../../error.ts";

/** The paths of the files, all in PEM format, and the rules for clients. */
export interface CertificateFiles {
  /** The server's certificate, followed by the intermediate ones up to its authority. */
  readonly certFile: string;
  /** The private key of the certificate. */
  readonly keyFile: string;
  /** The password of the private key. */
  readonly keyPassword?: string;
  /** The certificates of the authorities that sign the certificates of clients. */
  readonly caFile?: string;
  /**
   * The certificates of clients. With `optional`, a client may have none, but not one of
   * another authority. Default `required` with `caFile`, `none` without.
   */
  readonly clients?: "none" | "optional" | "required";
  /** The only version of TLS. Default: 1.2 and 1.3. */
  readonly version?: "TLSv1.2";
  /** The ciphers of TLS 1.2, in OpenSSL's format. Default: the runtime's; Deno allows no others. */
  readonly ciphers?: string;
}

/** The options of `node:tls` that the files set. */
export type Certificates = Pick<
  TlsOptions,
  | ("cert" | "key" | "passphrase" | "ca")
  | ("requestCert" | "rejectUnauthorized" | "minVersion" | "maxVersion" | "ciphers")
>;

/**
 * Reads the files.
 *
 * @throws Error when a file cannot be read or has other content, the key does not belong to the
 *   certificate, or the rules for clients contradict each other
 */
export async function readCertificates(files: CertificateFiles): Promise<Certificates> {
  const { certFile, keyFile, caFile, keyPassword: passphrase, version, ciphers } = files;
  const clients = clientsOf(files);
  if (ciphers !== undefined) checkCiphers(ciphers);
  const [cert, key, ca] = await Promise.all([
    read("certificate", certFile),
    read("private key", keyFile),
    caFile === undefined ? undefined : read("authorities", caFile),
  ]);
  const certificate = certificateIn(cert, certFile);
  if (ca !== undefined) certificateIn(ca, caFile ?? "");
  if (!certificate.checkPrivateKey(keyIn(key, keyFile, passphrase))) {
    throw new Error(
      `The private key in ${keyFile} does not belong to the certificate in ${certFile}`,
    );
  }
  return {
    cert,
    key,
    ...(passphrase !== undefined && { passphrase }),
    ...(ca !== undefined && { ca }),
    requestCert: clients !== "none",
    // With `optional`, `openTlsPort()` closes connections with other certificates.
    rejectUnauthorized: clients === "required",
    minVersion: "TLSv1.2",
    maxVersion: version ?? "TLSv1.3",
    ...(ciphers !== undefined && { ciphers }),
  };
}

function clientsOf({ caFile, clients }: CertificateFiles): "none" | "optional" | "required" {
  if (clients === undefined) return caFile === undefined ? "none" : "required";
  if (clients === "none" && caFile !== undefined) {
    throw new Error(
      "Clients show no certificates, but authorities for them are given: " +
        "let clients show certificates, or leave the authorities out",
    );
  }
  if (clients !== "none" && caFile === undefined) {
    throw new Error(
      `Certificates of clients are ${clients}, but no authorities are given to verify them`,
    );
  }
  return clients;
}

function checkCiphers(ciphers: string): void {
  if (process.versions["deno"] !== undefined) {
    throw new Error(
      `Cannot use the ciphers ${ciphers}: Deno ignores them and has its own, so leave them out`,
    );
  }
  try {
    createSecureContext({ ciphers });
  } catch (cause) {
    throw new Error(`"${ciphers}" names no cipher of TLS that OpenSSL knows`, { cause });
  }
}

async function read(what: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new Error(`Cannot read the ${what} for TLS: ${messageOf(cause)}`, { cause });
  }
}

function certificateIn(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`There is no certificate in PEM format in ${file}`, { cause });
  }
}

function keyIn(pem: string, file: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    const hint = pem.includes("ENCRYPTED") ? ", or its password is missing or wrong" : "";
    throw new Error(`There is no private key in PEM format in ${file}${hint}`, { cause });
  }
}
