/**
 * The settings of the hub, by the environment variables of its own tools.
 * @module
 */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { invalidArgument } from "../../error.ts";

/** The settings of a hub. */
export interface HubSettings {
  /** `HF_ENDPOINT`, without a slash at its end. */
  readonly endpoint: string;
  /** `HF_TOKEN`, or what `hf auth login` has left. */
  readonly token: string | undefined;
  /** `HF_HUB_OFFLINE`. */
  readonly isOffline: boolean;
  /** `HF_HUB_DOWNLOAD_TIMEOUT`: the longest time without another byte, in milliseconds. */
  readonly stallMs: number;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";
const DEFAULT_TIMEOUT_SECONDS = 10;

/** Reads the settings of the environment. @throws ServiceError `invalid_argument` for wrong ones */
export function hubSettings(
  env: Readonly<Record<string, string | undefined>> = process.env,
): HubSettings {
  const endpoint = (env["HF_ENDPOINT"] || DEFAULT_ENDPOINT).replace(/\/+$/, "");
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw invalidArgument(`HF_ENDPOINT must be an http or https URL, but was ${endpoint}`);
  }
  const timeout = Number(env["HF_HUB_DOWNLOAD_TIMEOUT"] || DEFAULT_TIMEOUT_SECONDS);
  if (!(timeout > 0 && timeout <= 86_400)) {
    const given = env["HF_HUB_DOWNLOAD_TIMEOUT"];
    throw invalidArgument(`HF_HUB_DOWNLOAD_TIMEOUT must be a number of seconds, but was ${given}`);
  }
  return {
    endpoint,
    token: tokenOf(env),
    isOffline: isTrue(env["HF_HUB_OFFLINE"]) || isTrue(env["TRANSFORMERS_OFFLINE"]),
    stallMs: timeout * 1000,
  };
}

function isTrue(value: string | undefined): boolean {
  return ["1", "ON", "YES", "TRUE"].includes((value ?? "").toUpperCase());
}

function tokenOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const given = env["HF_TOKEN"] || env["HUGGING_FACE_HUB_TOKEN"];
  const isImplicit = given === undefined || given === "";
  if (isImplicit && isTrue(env["HF_HUB_DISABLE_IMPLICIT_TOKEN"])) return undefined;
  const token = (isImplicit ? tokenInFile(env) : given).trim();
  if (token === "") return undefined;
  // The message must not have it.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw invalidArgument("HF_TOKEN has a space or another character that a token cannot have");
  return token;
}

function tokenInFile(env: Readonly<Record<string, string | undefined>>): string {
  const cache = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const path = env["HF_TOKEN_PATH"] || join(env["HF_HOME"] || join(cache, "huggingface"), "token");
  try {
    return readFileSync(path.replace(/^~(?=\/)/, homedir()), "utf8");
  } catch {
    return "";
  }
}
