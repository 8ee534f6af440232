/**
 * The flags about who may call: keys, rates, and the web pages of other origins.
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { Access } from "../access/access.ts";
import type { AccessOptions } from "../access/access-options.ts";
import { systemClock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { LOCALHOST } from "../runtime/listen.ts";
import type { ServeOptions } from "../runtime/serve-options.ts";
import { wholeNumber } from "./flag-numbers.ts";
import { UsageError } from "./usage-error.ts";

/** The values of the flags. */
export interface AccessFlags {
  readonly apiKey?: readonly string[];
  readonly apiKeysFile?: string;
  readonly metricsKey?: readonly string[];
  readonly openPath?: readonly string[];
  readonly corsOrigin?: readonly string[];
  readonly rateLimit?: string;
  readonly rateBurst?: number;
  readonly maxConcurrency?: number;
  readonly trustProxy?: readonly string[];
  readonly allowedHost?: readonly string[];
  readonly development?: true;
}

/** Adds the flags. */
export function withAccessFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--api-key <key>",
        "a key that calls need, as name:key or name:sha256:<hex>; may be repeated. Others see " +
          "flags in the list of processes: prefer the variable or the file",
      )
        .env("EKIBEN_API_KEY")
        .argParser(several),
    )
    .addOption(
      new Option("--api-keys-file <file>", "a file of such keys, one a line").env(
        "EKIBEN_API_KEYS_FILE",
      ),
    )
    .addOption(
      new Option("--metrics-key <key>", "a key of /metrics, or open (default: the API keys)")
        .env("EKIBEN_METRICS_KEY")
        .argParser(several),
    )
    .addOption(
      new Option("--open-path <path>", "a path that needs no key: /about, or /site/*")
        .env("EKIBEN_OPEN_PATH")
        .argParser(several),
    )
    .addOption(
      new Option(
        "--cors-origin <origin>",
        "web pages that may call, such as https://page.org, or * for all; may be repeated",
      )
        .env("EKIBEN_CORS_ORIGIN")
        .argParser(several),
    )
    .addOption(
      new Option(
        "--rate-limit <rate>",
        "requests of each key, or else of each address: 100/s, 100/m or 5000/h; then 429",
      ).env("EKIBEN_RATE_LIMIT"),
    )
    .addOption(
      new Option("--rate-burst <number>", "the most of them at once (default: those of the rate)")
        .env("EKIBEN_RATE_BURST")
        .argParser(wholeNumber),
    )
    .addOption(
      new Option("--max-concurrency <number>", "requests under way at the same time, then 429")
        .env("EKIBEN_MAX_CONCURRENCY")
        .argParser(wholeNumber),
    )
    .addOption(
      new Option(
        "--trust-proxy <network>",
        "proxies whose X-Forwarded-For is believed: 10.0.0.0/8, loopback or private",
      )
        .env("EKIBEN_TRUST_PROXY")
        .argParser(several),
    )
    .addOption(
      new Option(
        "--allowed-host <name>",
        "with --host localhost, a name by which a proxy reaches the server, or * for any",
      )
        .env("EKIBEN_ALLOWED_HOST")
        .argParser(several),
    )
    .addOption(
      new Option("--development", "listen on localhost alone, unless --host says else").env(
        "EKIBEN_DEVELOPMENT",
      ),
    );
}

/**
 * Returns the options that the flags set.
 *
 * @throws UsageError for a value that cannot be
 */
export function readAccessFlags(flags: AccessFlags & { readonly host?: string }): ServeOptions {
  const { apiKey, apiKeysFile, metricsKey, openPath, corsOrigin, rateLimit, rateBurst } = flags;
  const { maxConcurrency, trustProxy, allowedHost, development, host } = flags;
  if (rateBurst !== undefined && rateLimit === undefined) {
    throw new UsageError("Cannot use --rate-burst without --rate-limit");
  }
  const isOpen = metricsKey?.length === 1 && metricsKey[0] === "open";
  const options: AccessOptions = {
    ...(apiKey === undefined ? {} : { apiKeys: apiKey }),
    ...(metricsKey === undefined ? {} : { metricsKeys: isOpen ? ("open" as const) : metricsKey }),
    ...(openPath === undefined ? {} : { openPaths: openPath }),
    ...(corsOrigin === undefined ? {} : { cors: corsOrigin }),
    ...(rateLimit === undefined
      ? {}
      : { rateLimit: rateBurst === undefined ? rateLimit : { rate: rateLimit, burst: rateBurst } }),
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(trustProxy === undefined ? {} : { trustedProxies: trustProxy }),
    ...(allowedHost === undefined ? {} : { allowedHosts: allowedHost }),
  };
  try {
    // It is made here for its checks alone, so that they speak of flags.
    void new Access(options, { clock: systemClock, isLocal: false });
  } catch (error) {
    throw new UsageError(withFlags(messageOf(error)));
  }
  return {
    ...options,
    ...(apiKeysFile === undefined ? {} : { apiKeysFile }),
    ...(development === true && host === undefined ? { host: LOCALHOST } : {}),
  };
}

/** The flags of the options that messages name. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ["apiKeys", "--api-key"],
  ["metricsKeys", "--metrics-key"],
  ["openPaths", "--open-path"],
  ["cors", "--cors-origin"],
  ["rateLimit", "--rate-limit"],
  ["maxConcurrency", "--max-concurrency"],
  ["trustedProxies", "--trust-proxy"],
  ["allowedHosts", "--allowed-host"],
]);

/** Returns a message with flags in place of the options that it names. */
function withFlags(message: string): string {
  return message.replace(/"(\w+)(?:\.\w+)*"/g, (quoted, option) => FLAGS.get(option) ?? quoted);
}

/** Adds the values of a flag that may be repeated; a variable has them with commas between. */
function several(text: string, before: readonly string[] = []): readonly string[] {
  const values = text.split(/[\s,]+/).filter((each) => each !== "");
  // A variable that is set but empty is a mistake, which must not open the server to everyone.
  if (values.length === 0) throw new InvalidArgumentError("It must not be empty.");
  return [...before, ...values];
}
