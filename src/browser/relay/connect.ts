/**
 * connectServiceWorker(): a page's connection to its Service Worker.
 * @module
 */

import { messageOf } from "../../error.ts";
import { asMessage, type InstallFailed } from "./messages.ts";
import { answerOffers, notify, type Opening } from "./page.ts";

/** The options of `connectServiceWorker()`. */
export interface ConnectOptions {
  /** The URL of the script, which must be of this origin. */
  readonly url: string | URL;
  /** The paths whose requests it receives. Default: the folder of the script. */
  readonly scope?: string;
  /** The type of the script. Default `module`. */
  readonly type?: "module" | "classic";
}

/** A connection to a Service Worker. Disposing of it ends the answers of this page. */
export interface ServiceWorkerConnection extends Disposable {
  readonly registration: ServiceWorkerRegistration;
  /** Calls a function when a new version of the Service Worker waits for `update()`. */
  onUpdate(listener: () => void): void;
  /**
   * Activates the version that waits, for all pages. Reload the page then: its files may be those
   * of the version before.
   */
  update(): Promise<void>;
}

/** The longest wait for the control of this page, once there is an active Service Worker. */
const CONTROL_MS = 10_000;

/**
 * Registers a Service Worker whose script calls `runServiceWorker()`, answers its requests in this
 * page, and waits until the requests of this page go to it.
 *
 * @param open what `openService()` returned; or a function that returns it, which is called at the
 *   first request, so that the page need not load the service before
 * @throws Error if this browser has no Service Workers, or this one cannot be installed
 *
 * @example
 * await connectServiceWorker(openService(service, { worker }), { url: "./service-worker.js" });
 * const response = await fetch("./predict", { method: "POST", body: picture });
 */
export async function connectServiceWorker(
  open: Opening,
  { url, scope, type = "module" }: ConnectOptions,
): Promise<ServiceWorkerConnection> {
  const container = (globalThis.navigator as Partial<Navigator> | undefined)?.serviceWorker;
  if (container === undefined) {
    throw new Error("There are no Service Workers here: they need a page of https or of localhost");
  }
  const offers = answerOffers(open, container);
  try {
    container.startMessages();
    const options = { type, ...(scope === undefined ? {} : { scope }) };
    const registration = await register(container, url, options);
    await controlled(container, registration);
    notify(registration.active, "hello");
    return {
      registration,
      onUpdate: (listener) => watchUpdates(registration, listener),
      update: () => update(container, registration),
      [Symbol.dispose]: () => offers[Symbol.dispose](),
    };
  } catch (error) {
    offers[Symbol.dispose]();
    throw error;
  }
}

/** The longest wait for the reason why a Service Worker cannot be installed. */
const REPORT_MS = 500;

async function register(
  container: ServiceWorkerContainer,
  url: string | URL,
  options: RegistrationOptions,
): Promise<ServiceWorkerRegistration> {
  const reported = Promise.withResolvers<string>();
  const listen = ({ data }: MessageEvent): void => {
    const message = asMessage<InstallFailed>(data);
    if (message?.kind === "install-failed") reported.resolve(message.reason);
  };
  container.addEventListener("message", listen);
  try {
    const registration = await container.register(url, options);
    if (registration.active === null) await activated(registration);
    return registration;
  } catch (error) {
    // The report of the script may come after the event of its end.
    setTimeout(() => reported.resolve(messageOf(error)), REPORT_MS);
    const why = await reported.promise;
    throw new Error(`The Service Worker ${url} cannot be installed: ${why}`, { cause: error });
  } finally {
    container.removeEventListener("message", listen);
  }
}

/** Waits for the first version to be active. */
async function activated({ installing, waiting }: ServiceWorkerRegistration): Promise<void> {
  const worker = installing ?? waiting;
  if (worker === null) throw new Error("it has no script");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const check = (): void => {
    if (worker.state === "activating" || worker.state === "activated") resolve();
    if (worker.state === "redundant") reject(new Error("its script failed"));
  };
  worker.addEventListener("statechange", check);
  check();
  await promise;
}

/** Waits for the control of this page, which a page lacks that was reloaded without its caches. */
async function controlled(
  container: ServiceWorkerContainer,
  registration: ServiceWorkerRegistration,
): Promise<void> {
  if (container.controller !== null) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const changed = (): void => resolve();
  container.addEventListener("controllerchange", changed);
  const timer = setTimeout(() => {
    const where = `is it below ${registration.scope}?`;
    const text = `The Service Worker does not control this page: ${where}`;
    reject(new Error(text));
  }, CONTROL_MS);
  try {
    notify(registration.active, "claim");
    if (container.controller === null) await promise;
  } finally {
    clearTimeout(timer);
    container.removeEventListener("controllerchange", changed);
  }
}

function watchUpdates(registration: ServiceWorkerRegistration, listener: () => void): void {
  const { active, waiting } = registration;
  if (waiting !== null && active !== null) listener();
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && registration.active !== null) listener();
    });
  });
}

async function update(
  container: ServiceWorkerContainer,
  { waiting }: ServiceWorkerRegistration,
): Promise<void> {
  if (waiting === null) return;
  const changed = new Promise<void>((resolve) => {
    container.addEventListener("controllerchange", () => resolve(), { once: true });
  });
  notify(waiting, "activate");
  await changed;
}
