/**
 * The flags of the commands that call a server: the body and the headers of the calls.
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { type Command, InvalidArgumentError, Option } from "commander";
import { messageOf } from "../../error.ts";
import type { Wanted } from "./find-request.ts";

/** The values of the flags. */
export interface RequestFlags {
  readonly data?: Uint8Array<ArrayBuffer>;
  readonly contentType?: string;
  readonly header: Readonly<Record<string, string>>;
  readonly apiKey?: string;
}

/** Adds the flags. */
export function withRequestFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--data <text|@file>",
        "the body of calls (default: a sample of what the API takes)",
      ).argParser(readData),
    )
    .option("--content-type <type>", "the media type of the body (default: the API's own)")
    .addOption(
      new Option("-H, --header <name: value>", "a header of the calls; may be repeated")
        .argParser(addHeader)
        .default({}, "none"),
    )
    .addOption(
      new Option("--api-key <key>", "a key of the server, as serve takes it").env("EKIBEN_API_KEY"),
    );
}

/** Returns the body and the headers of calls. @throws Error for a media type without a body */
export function requestOf(flags: RequestFlags): Pick<Wanted, "headers" | "body"> {
  const { data, contentType, header, apiKey } = flags;
  if (data === undefined && contentType !== undefined) {
    throw new Error("--content-type needs a body, by --data");
  }
  const key = apiKey === undefined ? {} : { authorization: `Bearer ${sentKey(apiKey)}` };
  const type = contentType === undefined ? {} : { type: contentType };
  return {
    headers: { ...key, ...header },
    body: data === undefined ? undefined : { bytes: data, ...type },
  };
}

/** Returns the first key of a list as `serve` takes it: `name:key`, or a key alone. */
function sentKey(written: string): string {
  const [first = ""] = written.split(/[\s,]+/).filter((each) => each !== "");
  const key = first.replace(/^[\w.-]{1,63}:/, "");
  if (!/^(sha256:)?[\da-f]{64}$/i.test(key) || !first.includes("sha256:")) return key;
  throw new Error(
    "--api-key, or EKIBEN_API_KEY, must have the key itself: it has its digest alone",
  );
}

function readData(text: string): Uint8Array<ArrayBuffer> {
  if (!text.startsWith("@")) return new TextEncoder().encode(text);
  try {
    return new Uint8Array(readFileSync(text.slice(1)));
  } catch (error) {
    throw new InvalidArgumentError(`The file cannot be read: ${messageOf(error)}`);
  }
}

function addHeader(
  text: string,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [, name = "", value = ""] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  try {
    new Headers([[name.trim(), value.trim()]]); // throws for characters that no header has
    return { ...headers, [name.trim().toLowerCase()]: value.trim() };
  } catch {
    throw new InvalidArgumentError('It must be a name and a value, such as "X-User: 7".');
  }
}

/** Aborts a signal at the first Ctrl+C, so that results are shown; the second one ends all. */
export function interruptible(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once("SIGINT", stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => void process.off("SIGINT", stop),
  };
}
