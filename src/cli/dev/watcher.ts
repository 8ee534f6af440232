/**
 * Watcher: tells when the contents of files change.
 *
 * Events of folders only hasten a look at the files: editors replace files by renaming others,
 * several events come for one save, and shared folders have none at all.
 * @module
 */

import { createHash } from "node:crypto";
import { type FSWatcher, readFileSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";

/** The interval of looks where there are no events, in milliseconds. */
const POLL_MS = 1_000;
/** The time without a change after which a burst of saves is over, and the longest burst. */
const QUIET_MS = 100;
const MAX_BURST_MS = 1_000;

/** Watches files, until it is closed. */
export class Watcher implements Disposable {
  readonly #onChange: (files: readonly string[]) => void;
  readonly #folders = new Map<string, FSWatcher>();
  readonly #timer: NodeJS.Timeout;
  #stamps = new Map<string, string>();
  #contents = new Map<string, string>();
  #burst: { readonly since: number; timer: NodeJS.Timeout } | undefined;

  /** @param onChange called after each burst of saves with the files that have new contents */
  constructor(onChange: (files: readonly string[]) => void) {
    this.#onChange = onChange;
    this.#timer = setInterval(this.#look, POLL_MS);
  }

  /** The number of files. */
  get size(): number {
    return this.#contents.size;
  }

  /** Watches these files instead of the ones before, whose contents are known as they are now. */
  watch(files: Iterable<string>): void {
    const names = [...new Set(files)];
    this.#contents = new Map(
      names.map((name) => [name, this.#contents.get(name) ?? contentOf(name)]),
    );
    this.#stamps = new Map(names.map((name) => [name, this.#stamps.get(name) ?? stampOf(name)]));
    const folders = new Set(names.map((name) => dirname(name)));
    for (const [folder, watcher] of this.#folders) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) this.#follow(folder);
  }

  #follow(folder: string): void {
    if (this.#folders.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, this.#look);
      // The folder has been removed: looks continue without events.
      watcher.on("error", () => {
        watcher.close();
        this.#folders.delete(folder);
      });
      this.#folders.set(folder, watcher);
    } catch {
      // It does not exist, or the system has no more watches.
    }
  }

  readonly #look = (): void => {
    let isChanged = false;
    for (const [name, before] of this.#stamps) {
      const now = stampOf(name);
      if (now === before) continue;
      this.#stamps.set(name, now);
      isChanged = true;
    }
    if (isChanged) this.#wait();
  };

  /** Waits for the end of a burst. */
  #wait(): void {
    const now = performance.now();
    const since = this.#burst?.since ?? now;
    clearTimeout(this.#burst?.timer);
    const delayMs = Math.max(0, Math.min(QUIET_MS, since + MAX_BURST_MS - now));
    this.#burst = { since, timer: setTimeout(this.#settle, delayMs) };
  }

  readonly #settle = (): void => {
    this.#burst = undefined;
    const changed: string[] = [];
    for (const [name, before] of this.#contents) {
      const now = contentOf(name);
      if (now === before) continue;
      this.#contents.set(name, now);
      changed.push(name);
    }
    if (changed.length > 0) this.#onChange(changed);
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#burst?.timer);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }
}

function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "missing";
  }
}

/** The largest file that is read; of a larger one, such as a model, the stamp tells. */
const MAX_BYTES = 2 ** 24;

function contentOf(file: string): string {
  try {
    if (statSync(file).size > MAX_BYTES) return stampOf(file);
    return createHash("sha256").update(readFileSync(file)).digest("base64");
  } catch {
    return "missing";
  }
}
