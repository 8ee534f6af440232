/**
 * Certificates: the files that TLS needs, read and checked before a port is opened.
 * @module
 */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { messageOf } from "../../error.ts";

/** The paths of the files, all in PEM format. */
export interface CertificateFiles {
  /** The server's certificate, and after it those that lead to its authority. */
  readonly certFile: string;
  /** The private key of the certificate. */
  readonly keyFile: string;
  /** The password of the private key. */
  readonly keyPassword?: string;
  /** Authorities. When given, only clients with a certificate of one of them may connect. */
  readonly caFile?: string;
}

/** What `node:tls` takes. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
  readonly ca?: string;
}

/**
 * Reads the files.
 *
 * @throws Error when a file cannot be read or holds something else, or the key is not the
 *   certificate's
 */
export async function readCertificates(files: CertificateFiles): Promise<Certificates> {
  const { certFile, keyFile, caFile, keyPassword: passphrase } = files;
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
  };
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
