/**
 * The flags of TLS, with BentoML's names.
 * @module
 */

import { type Command, Option } from "commander";
import type { Config } from "../config/config.ts";
import { SSL_CERT_REQS, SSL_VERSION, type SslConfig } from "../config/ssl.ts";
import { configuredTls } from "../runtime/configured.ts";
import type { ServeOptions } from "../runtime/serve-options.ts";
import { oneOf } from "./flag-values.ts";

/** The values of the flags. */
export interface TlsFlags {
  readonly sslCertfile?: string;
  readonly sslKeyfile?: string;
  readonly sslKeyfilePassword?: string;
  readonly sslCaCerts?: string;
  readonly sslVersion?: number;
  readonly sslCertReqs?: number;
  readonly sslCiphers?: string;
}

/** Adds the flags. */
export function withTlsFlags(command: Command): Command {
  return command
    .addOption(new Option("--ssl-certfile <file>", "the server's certificate, which enables TLS"))
    .addOption(new Option("--ssl-keyfile <file>", "the private key of the certificate"))
    .addOption(
      new Option("--ssl-keyfile-password <text>", "the password of the private key").env(
        "EKIBEN_SSL_KEYFILE_PASSWORD",
      ),
    )
    .addOption(
      new Option("--ssl-ca-certs <file>", "authorities: clients need a certificate of one of them"),
    )
    .addOption(
      new Option(
        "--ssl-cert-reqs <number>",
        "with authorities: 1 if clients may have no certificate, 2 if they need one (default)",
      ).argParser(oneOf(SSL_CERT_REQS)),
    )
    .addOption(
      new Option(
        "--ssl-version <number>",
        "17 for TLS 1.2 and 1.3 (default), 5 for 1.2 alone",
      ).argParser(oneOf(SSL_VERSION)),
    )
    .addOption(new Option("--ssl-ciphers <list>", "the ciphers of TLS 1.2, in OpenSSL's words"));
}

/**
 * Returns the certificates that the flags and the configuration name: a flag overrides the key of
 * its name.
 *
 * @throws Error for a certificate without a key, or the other way round
 */
export function readTlsFlags(flags: TlsFlags, { apiServer }: Config): Pick<ServeOptions, "tls"> {
  const ssl = givenFlags(flags);
  // The environment of a server without TLS may contain the password of a key.
  const isAsked = Object.keys(ssl).some((key) => key !== "keyfilePassword");
  if (apiServer.ssl === undefined && !isAsked) return {};
  return { tls: configuredTls({ ...apiServer.ssl, ...ssl }) };
}

function givenFlags(flags: TlsFlags): SslConfig {
  const named = {
    certfile: flags.sslCertfile,
    keyfile: flags.sslKeyfile,
    keyfilePassword: flags.sslKeyfilePassword,
    caCerts: flags.sslCaCerts,
    version: flags.sslVersion,
    certReqs: flags.sslCertReqs,
    ciphers: flags.sslCiphers,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
