/**
 * The file of API keys: read at the start, and again whenever it has changed.
 *
 * Its content is compared, not its time: a mounted secret of Kubernetes is a link that is swapped,
 * and a file may be written twice within the resolution of a file system's clock.
 * @module
 */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { AccessOptions } from "../access/access-options.ts";
import { ApiKeys } from "../access/api-keys.ts";
import { type Clock, systemClock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { log } from "../log.ts";
import { Watcher } from "../watcher.ts";

/** The largest file: thousands of keys. */
const MAX_BYTES = 2 ** 20;
/** The time between looks, and the time for which the file must not change. */
const TIMES = { intervalMs: 2_000, settleMs: 1_000 };

/** The options about API keys. */
export interface KeyOptions {
  readonly apiKeys?: AccessOptions["apiKeys"];
  readonly apiKeysFile?: string | undefined;
}

/** The API keys of a server, and the text of their file. */
export interface ReadKeys {
  /** Those of the options and of the file; undefined for none. */
  readonly apiKeys: readonly string[] | undefined;
  /** The digest of the file; undefined if there is none, or it is a pipe, which is read once. */
  readonly digest: string | undefined;
}

/**
 * Returns the API keys of the options and of the file that they name.
 *
 * @throws Error for a file that cannot be read, has no keys, or something else
 */
export async function readKeys({ apiKeys, apiKeysFile: file }: KeyOptions): Promise<ReadKeys> {
  if (file === undefined) return { apiKeys, digest: undefined };
  let content: string;
  let isRegular: boolean;
  try {
    isRegular = (await stat(file)).isFile();
    content = await contentOf(file);
  } catch (cause) {
    throw new Error(`Cannot read the API keys in ${file}: ${messageOf(cause)}`, { cause });
  }
  return {
    apiKeys: [...(apiKeys ?? []), ...keysIn(content, file)],
    digest: isRegular ? digestOf(content) : undefined,
  };
}

/**
 * Watches the file, and gives the access its keys when they change. A file that cannot be used
 * leaves the keys as they are, with a warning in the log.
 *
 * @param digest that of the file when its keys were read
 * @returns a function that ends it
 */
export function watchKeys(
  { apiKeys = [], apiKeysFile: file }: KeyOptions,
  { digest }: Pick<ReadKeys, "digest">,
  access: { replaceKeys(apiKeys: readonly string[]): void },
  clock: Clock = systemClock,
): () => void {
  if (file === undefined || digest === undefined) return () => {};
  let seen: () => string = () => "";
  const watcher = new Watcher(
    {
      ...{ ...TIMES, clock },
      async look() {
        try {
          if (!(await stat(file)).isFile()) throw new Error(`${file} is not a file any more`);
          const content = await contentOf(file);
          seen = () => content;
          return new Map([[file, digestOf(content)]]);
        } catch (error) {
          seen = () => {
            throw error;
          };
          return new Map([[file, messageOf(error)]]);
        }
      },
      take() {
        try {
          const keys = [...apiKeys, ...keysIn(seen(), file)];
          access.replaceKeys(keys);
          log.info("Read the API keys in {file} anew: there are {count}", {
            ...{ file, count: keys.length },
          });
        } catch (error) {
          const problem = messageOf(error);
          log.warn("The API keys remain as they were: {problem}", { problem });
        }
      },
      report: () => {}, // look() does not throw
    },
    new Map([[file, digest]]),
  );
  return () => watcher.close();
}

/** @throws Error for a file that cannot be read, or is too large */
async function contentOf(file: string): Promise<string> {
  const content = await text(createReadStream(file, { end: MAX_BYTES }));
  if (content.length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
  return content;
}

function digestOf(content: string): string {
  return createHash("sha256").update(content).digest("base64");
}

/** Returns the keys, one a line, without empty lines and those that begin with #. */
function keysIn(content: string, file: string): readonly string[] {
  const lines = content.split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length === 0) throw new Error(`There are no API keys in ${file}`);
  void new ApiKeys(keys, file); // for its checks, which name the file
  return keys;
}
