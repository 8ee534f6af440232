/**
 * nextTask(): the next turn of the event loop, before which requests that have arrived are read.
 * @module
 */

let channel: MessageChannel | undefined;
const callbacks: (() => void)[] = [];

/**
 * Calls a function in the next turn of the event loop. A timer would take at least a millisecond on
 * Node, and four in a browser.
 */
export function nextTask(callback: () => void): void {
  // Bun, Deno and Node have it. A message channel would keep their processes alive.
  if (typeof setImmediate === "function") return void setImmediate(callback);
  // In workerd, a channel would belong to the request that has made it.
  if (globalThis.navigator?.userAgent === "Cloudflare-Workers") return void setTimeout(callback);
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => callbacks.shift()?.();
  }
  callbacks.push(callback);
  channel.port2.postMessage(undefined);
}
