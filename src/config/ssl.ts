/**
 * The keys under `api_server.ssl`.
 * @module
 */

import { type Section, subsection } from "./mapping.ts";
import { filledText, flag, secret, valueAt } from "./value.ts";

/** The settings of TLS: the paths of files, and values by their names in Python's `ssl`. */
export interface SslConfig {
  readonly certfile?: string | undefined;
  readonly keyfile?: string | undefined;
  readonly keyfilePassword?: string | undefined;
  readonly caCerts?: string | undefined;
  /** One of `SSL_VERSION.values`. */
  readonly version?: number | undefined;
  /** One of `SSL_CERT_REQS.values`. */
  readonly certReqs?: number | undefined;
  /** A list of ciphers for OpenSSL; `TLSv1`, BentoML's default, is any. */
  readonly ciphers?: string | undefined;
}

/** The values of a setting. */
export interface Choice {
  /** Ends the sentence "it must be …". */
  readonly wanted: string;
  readonly values: readonly number[];
}

/** `PROTOCOL_TLS_SERVER`, `PROTOCOL_TLS` and `PROTOCOL_TLSv1_2` of Python's `ssl`. */
export const SSL_VERSION: Choice = {
  wanted: "17 or 2 (TLS 1.2 and 1.3) or 5 (TLS 1.2 alone), since older ones are not safe",
  values: [17, 2, 5],
};

/** `CERT_NONE`, `CERT_OPTIONAL` and `CERT_REQUIRED` of Python's `ssl`. */
export const SSL_CERT_REQS: Choice = {
  wanted: "0, 1 or 2: clients need no certificate, may have one, or need one",
  values: [0, 1, 2],
};

const TEXTS = ["certfile", "keyfile", "keyfile_password", "ca_certs", "ciphers"];
const KEYS = { known: ["enabled", "version", "cert_reqs", ...TEXTS] };

/**
 * Returns the settings of TLS; `undefined` for no TLS. Any key enables it, unless `enabled` is
 * false.
 *
 * @throws Error for an unknown key or an invalid value
 */
export function sslConfig(apiServer: Section): SslConfig | undefined {
  const ssl = subsection(apiServer, "ssl", KEYS);
  const config = {
    certfile: filledText(ssl, "certfile"),
    keyfile: filledText(ssl, "keyfile"),
    keyfilePassword: secret(ssl, "keyfile_password"),
    caCerts: filledText(ssl, "ca_certs"),
    version: choice(ssl, "version", SSL_VERSION),
    certReqs: choice(ssl, "cert_reqs", SSL_CERT_REQS),
    ciphers: filledText(ssl, "ciphers"),
  };
  const isGiven = Object.values(config).some((value) => value !== undefined);
  return (flag(ssl, "enabled") ?? isGiven) ? config : undefined;
}

function choice(section: Section, key: string, { wanted, values }: Choice): number | undefined {
  return valueAt(
    section,
    key,
    wanted,
    (value): value is number => typeof value === "number" && values.includes(value),
  );
}
