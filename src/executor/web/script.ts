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
  if (!isWorker(worker)) {
    const what = worker === null ? "null" : typeof worker;
    throw new TypeError(`the function "worker" must return a new Worker, but returned ${what}`);
  }
  if (opened.has(worker)) {
    throw new TypeError('the function "worker" must return a new Worker each time it is called');
  }
  opened.add(worker);
  return worker;
}

function isWorker(value: unknown): value is WebWorker {
  const candidate = value as Partial<WebWorker> | null | undefined;
  return typeof candidate?.postMessage === "function" && typeof candidate.terminate === "function";
}

/**
 * Returns the reason for an `error` event of a Web Worker. A script that could not be loaded gives
 * an event without a message.
 *
 * @param isRunning true if its script has run
 */
export function startError(event: Event, isRunning: boolean): string {
  const { message = "", filename = "", lineno } = event as Partial<ErrorEvent>;
  if (message !== "") {
    const place = filename === "" ? "" : ` (${filename}:${lineno})`;
    return `${headline(message)}${place}${NO_MODULE.test(message) ? TYPE_HINT : ""}`;
  }
  if (isRunning) return "it failed without a message";
  return (
    "its script could not be loaded: its URL must be of this origin and answer with JavaScript " +
    "(not with 404, nor with a page of HTML), and a Content-Security-Policy must allow it in " +
    '"worker-src"'
  );
}

/** Returns the line of a message that says what is wrong: Bun's begins with lines of the code. */
function headline(message: string): string {
  const [line = ""] = /^error: .*$/m.exec(message) ?? message.split("\n");
  return line.replace(/^(error: |Uncaught (\(in promise\) )?)/, "");
}

/** The message of an engine about a module that was started as a classic script. */
const NO_MODULE = /import statement|import\.meta|unexpected token 'export'/i;
const TYPE_HINT = ': start it by new Worker(url, { type: "module" })';
