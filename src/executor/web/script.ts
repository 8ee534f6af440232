/**
 * The start of a Web Worker: checks of the worker, and the reason why its script does not run.
 * @module
 */

/** A Web Worker, as opposed to a `Worker` of this library. */
export type WebWorker = InstanceType<typeof globalThis.Worker>;

/** The workers of all runners, to find one that is given twice. */
const opened = new WeakSet<WebWorker>();

/**
 * Starts a Web Worker by a function of the user.
 *
 * @throws Error when the function throws, or returns anything but a new Web Worker
 */
export function openChecked(open: () => WebWorker): WebWorker {
  const worker: unknown = open();
  if (!(worker instanceof globalThis.Worker)) {
    const what = worker === null ? "null" : typeof worker;
    throw new TypeError(`the function "worker" must return a new Worker, but returned ${what}`);
  }
  if (opened.has(worker)) {
    throw new TypeError('the function "worker" must return a new Worker each time it is called');
  }
  opened.add(worker);
  return worker;
}

/**
 * Returns the reason for an `error` event of a Web Worker. A script that could not be loaded gives
 * an event without a message.
 *
 * @param isRunning true if its script has run
 */
export function startError(event: Event, isRunning: boolean): string {
  const { message } = event as Partial<ErrorEvent>;
  if (message !== undefined && message !== "")
    return `${message}${HINT.exec(message) ? MODULE : ""}`;
  if (isRunning) return "it failed without a message";
  return (
    "its script could not be loaded: its URL must be of this origin and answer with JavaScript " +
    "(not with 404, nor with a page of HTML), and a Content-Security-Policy must allow it in " +
    '"worker-src"'
  );
}

/** The message of an engine about a module that was started as a classic script. */
const HINT = /import statement|import\.meta|unexpected token 'export'/i;
const MODULE = ': start it by new Worker(url, { type: "module" })';
