/**
 * The process that holds a port, as Linux tells it by proc(5).
 * @module
 */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import process from "node:process";

/** A socket that listens: the number of its inode, and the user that it belongs to. */
interface ListeningSocket {
  readonly inode: string;
  readonly user: string;
}

/** The state TCP_LISTEN of the kernel. */
const LISTEN = "0A";

/**
 * Returns the process that listens on a port of TCP, such as `node server.js (process 1234)`.
 *
 * @returns `undefined` where it cannot be known, as on macOS
 */
export function portHolder(port: number): string | undefined {
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    listeningOn(port, textOf(file)),
  );
  const [first] = sockets;
  if (first === undefined) return undefined;
  const holder = processOf(new Set(sockets.map(({ inode }) => `socket:[${inode}]`)));
  return holder ?? (isOfOther(first.user) ? `a process of user ${first.user}` : undefined);
}

/** Returns the sockets that listen on a port, in a table of the kernel. */
export function listeningOn(port: number, table: string): readonly ListeningSocket[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state]) => local.endsWith(end) && state === LISTEN)
    .map((fields) => ({ inode: fields[9] ?? "", user: fields[7] ?? "" }));
}

/** Returns the process that has one of several sockets open. */
function processOf(sockets: ReadonlySet<string>): string | undefined {
  for (const pid of namesIn("/proc").filter((name) => /^\d+$/.test(name))) {
    const files = namesIn(`/proc/${pid}/fd`);
    if (!files.some((file) => sockets.has(linkOf(`/proc/${pid}/fd/${file}`)))) continue;
    if (Number(pid) === process.pid) return "this process";
    const args = textOf(`/proc/${pid}/cmdline`).split("\0");
    return `${programOf(args) || textOf(`/proc/${pid}/comm`).trim()} (process ${pid})`;
  }
  return undefined;
}

/**
 * Returns the program of a command line, and the script that it runs: not the rest, in which there
 * may be passwords.
 */
export function programOf([program = "", ...args]: readonly string[]): string {
  const script = args.find((arg) => /\.([cm]?[jt]sx?|py|jar)$/.test(arg) && !/^-|=/.test(arg));
  return [basename(program), script].filter(Boolean).join(" ");
}

/** Returns true for the number of another user, whose processes cannot be looked into. */
function isOfOther(user: string): boolean {
  return user !== "" && user !== String(process.getuid?.());
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // of another user, or it has ended
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
