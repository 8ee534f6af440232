/**
 * Locks between processes and threads: files that their holders touch again and again.
 *
 * A lock spares work, such as a second download. That nothing is broken if two hold it at once,
 * which no such lock excludes, is up to the code inside: it makes files under names of their own,
 * and renames them.
 * @module
 */

import { link, mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import { ServiceError } from "../error.ts";
import { hasEnded, newOwner } from "./owner.ts";

/** How often a holder touches its lock, in milliseconds. */
const TOUCH_MS = 2000;

/** A lock that is not touched for so long has lost its holder, in milliseconds. */
const STALE_MS = 20_000;

/** How often a lock of another is looked at, in milliseconds. */
const POLL_MS = 200;

/** The options of `withLock()`. */
export interface LockOptions {
  /** The longest wait, in milliseconds. */
  readonly waitMs: number;
  /** What the lock is for, for messages. */
  readonly what: string;
  readonly clock?: Clock;
  /** Called once if another holds the lock. */
  readonly onWait?: () => void;
}

/**
 * Runs work while holding a lock.
 *
 * @throws ServiceError `unavailable` if another still holds the lock after `waitMs`
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { clock = systemClock } = options;
  await mkdir(dirname(path), { recursive: true });
  const owner = newOwner();
  await acquire(path, owner, options, clock);
  const stopTouching = keepTouched(path, clock);
  try {
    return await work();
  } finally {
    stopTouching();
    if ((await holderOf(path))?.owner === owner) await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  owner: string,
  { waitMs, what, onWait }: LockOptions,
  clock: Clock,
): Promise<void> {
  const startMs = clock.now();
  let seen: Holder | undefined;
  let seenAtMs = startMs;
  for (let round = 0; ; round++) {
    if (await take(path, owner)) return;
    if (round === 0) onWait?.();
    const holder = await holderOf(path);
    if (holder === undefined) continue;
    if (holder.owner !== seen?.owner || holder.touchedMs !== seen.touchedMs) {
      seen = holder;
      seenAtMs = clock.now();
    }
    // By this clock alone: those of two machines may differ.
    const isStale = clock.now() - seenAtMs > STALE_MS;
    if (isStale || hasEnded(holder.owner, holder.touchedMs)) {
      await remove(path, holder.owner);
      continue;
    }
    if (clock.now() - startMs > waitMs) {
      throw new ServiceError(
        "unavailable",
        `Another process is still at work on ${what}, after ${Math.round(waitMs / 1000)} s. ` +
          `If there is none, remove ${path}`,
      );
    }
    await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
  }
}

/** Creates the file of a lock; false if there is one. */
async function take(path: string, owner: string): Promise<boolean> {
  try {
    const handle = await open(path, "wx");
    try {
      await handle.writeFile(owner);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "EEXIST") return false;
    throw error;
  }
}

interface Holder {
  readonly owner: string;
  /** In milliseconds since 1970. */
  readonly touchedMs: number;
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return { owner, touchedMs: mtimeMs };
  } catch {
    return undefined;
  }
}

/** Removes the lock of a holder that is gone, but not one that another has taken meanwhile. */
async function remove(path: string, owner: string): Promise<void> {
  const aside = `${path}.${newOwner()}`;
  try {
    await rename(path, aside);
  } catch {
    return; // Another has removed it.
  }
  try {
    const found = await readFile(aside, "utf8");
    if (found !== owner) await link(aside, path).catch(() => {});
  } finally {
    await rm(aside, { force: true });
  }
}

/** Touches a lock until the returned function is called. */
function keepTouched(path: string, clock: Clock): () => void {
  let cancel = (): void => {};
  const next = (): void => {
    cancel = clock.after(TOUCH_MS, () => {
      const now = new Date();
      void utimes(path, now, now).catch(() => {});
      next();
    });
  };
  next();
  return () => cancel();
}
