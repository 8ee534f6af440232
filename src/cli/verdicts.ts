/**
 * FileVerdicts: keeps the verdicts of trials in the folder of the store, for the next start.
 * @module
 */

import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { arch, cpus, platform } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { messageOf } from "../error.ts";
import { log } from "../log.ts";
import { storeFolders } from "../models/home.ts";
import type { VerdictStore } from "../repository/backend-choice.ts";
import { VERSION } from "../version.ts";
import { packageVersion } from "./package-version.ts";

/** The most verdicts that are kept; the oldest are removed. */
const MAX_KEPT = 500;

/** A verdict as it is kept. */
interface Kept {
  readonly key: string;
  readonly value: unknown;
}

/**
 * The verdicts in a folder: a file each, named after the hash of what it depends on. What another
 * machine, runtime or version has found out does not count.
 */
export class FileVerdicts implements VerdictStore {
  readonly #folder: string;

  /** @param home the folder of the store. Default: that of the environment */
  constructor(home?: string) {
    this.#folder = join(storeFolders(home).home, "verdicts");
  }

  async read(key: string): Promise<unknown> {
    const text = await readFile(this.#fileOf(key), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const kept = JSON.parse(text) as Partial<Kept> | null;
      return kept?.key === fullKey(key) ? kept.value : undefined;
    } catch {
      return undefined; // a file that was cut off
    }
  }

  async write(key: string, value: unknown): Promise<void> {
    const kept: Kept = { key: fullKey(key), value };
    const file = this.#fileOf(key);
    const made = `${file}.${randomUUID()}`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(made, JSON.stringify(kept));
      await rename(made, file);
      await this.#prune();
    } catch (error) {
      log.debug("A verdict cannot be kept: {error}", { error: messageOf(error) });
      await rm(made, { force: true }).catch(() => {});
    }
  }

  #fileOf(key: string): string {
    const hash = createHash("sha256").update(fullKey(key)).digest("hex");
    return join(this.#folder, `${hash}.json`);
  }

  async #prune(): Promise<void> {
    const names = await readdir(this.#folder);
    if (names.length <= MAX_KEPT) return;
    const files = names.map((name) => join(this.#folder, name));
    const times = await Promise.all(
      files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })),
    );
    times.sort((a, b) => a.at - b.at);
    const oldest = times.slice(0, names.length - MAX_KEPT);
    await Promise.all(oldest.map(({ file }) => rm(file, { force: true })));
  }
}

/** Returns a key with all else that a verdict depends on. */
function fullKey(key: string): string {
  const { bun, deno, node } = process.versions;
  const runtime = bun ?? deno ?? node;
  const [cpu] = cpus();
  const machine = [platform(), arch(), cpu?.model ?? "", cpus().length];
  return [key, VERSION, ...machine, runtime, ...BUILDS.map(packageVersion)].join("\n");
}

/** The packages with ONNX Runtime. */
const BUILDS: readonly string[] = ["onnxruntime-web", "onnxruntime-node"];
