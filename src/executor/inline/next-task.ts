/**
 * nextTask(): the next turn of the event loop, before which requests that have arrived are read.
 * @module
 */

/** Calls functions in later turns of the event loop, in their order. */
export type NextTask = (callback: () => void) => void;

let channel: MessageChannel | undefined;
const callbacks: (() => void)[] = [];

/**
 * Calls a function in the next turn of the event loop. A timer would take at least a millisecond on
 * Node, and four in a browser.
 */
export const nextTask: NextTask = (callback) => {
  // Bun, Deno and Node have it. A message channel would keep their processes alive.
  if (typeof setImmediate === "function") return void setImmediate(callback);
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => callbacks.shift()?.();
  }
  callbacks.push(callback);
  channel.port2.postMessage(undefined);
};
