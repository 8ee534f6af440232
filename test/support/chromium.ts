/** Pages in Debian's Chromium, which playwright-core controls; it downloads no browser. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import {
  type Browser,
  type BrowserContext,
  type ConsoleMessage,
  chromium,
  type Page,
  type Worker,
} from "playwright-core";
import { type Site, type SiteFiles, type SiteOptions, serveFiles } from "./site.ts";

const EXECUTABLE = "/usr/bin/chromium";

/** The time after which an action in a page has failed, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** WebGPU on SwiftShader, Chromium's own adapter in software. */
const WEBGPU = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-gpu-watchdog", // it ends a GPU in software that is slow
];

/** The options of a browser. */
export interface ChromiumOptions {
  /** Gives pages an adapter for WebGPU, in software. Default false: there is none. */
  readonly webgpu?: boolean;
  /** More flags of the command line. */
  readonly flags?: readonly string[];
}

/** A browser. */
export interface Chromium extends AsyncDisposable {
  readonly browser: Browser;
  /** Opens a URL in a profile of its own, without the caches and workers of other profiles. */
  open(url: string): Promise<OpenPage>;
}

/** A page, and what has happened in its profile. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Its profile: `context.setOffline(true)`, and other tabs. */
  readonly context: BrowserContext;
  /** The messages on the consoles of all tabs and workers, such as "error: text (URL)". */
  readonly console: string[];
  /** The errors that no code of a page has caught. */
  readonly errors: string[];
  /** The requests that failed, or were answered with 400 or more. */
  readonly failed: string[];
  /**
   * Runs a function in the page, and returns its result. It is sent as text, so it can use nothing
   * around it.
   */
  run<T, A = undefined>(code: string | ((argument: A) => T | Promise<T>), argument?: A): Promise<T>;
  /** Opens a URL in another tab. */
  tab(url: string): Promise<Page>;
  /**
   * @param mayAbort the requests that the page may abort, which then have not failed
   * @throws AssertionError if a console has a message, code failed, or a request did
   */
  assertClean(mayAbort?: RegExp): void;
}

/** Starts Chromium. */
export async function launchChromium(options: ChromiumOptions = {}): Promise<Chromium> {
  assert.ok(existsSync(EXECUTABLE), `There is no ${EXECUTABLE}: apt-get install chromium`);
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    timeout: TIMEOUT_MS,
    args: [
      "--no-sandbox", // which root cannot have
      ...(options.webgpu === true ? WEBGPU : []),
      ...(options.flags ?? []),
    ],
  });
  return {
    browser,
    open: (url) => openIn(browser, url),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function openIn(browser: Browser, url: string): Promise<OpenPage> {
  const context = await browser.newContext();
  context.setDefaultTimeout(TIMEOUT_MS);
  const [messages, errors, failed]: [string[], string[], string[]] = [[], [], []];
  const record = (message: ConsoleMessage): void => {
    if (SLOW_LOAD.test(message.text())) return;
    messages.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  };
  context.on("console", record);
  context.on("serviceworker", (worker: Worker) => worker.on("console", record));
  context.on("weberror", (error) => {
    errors.push(String(error.error().stack ?? error.error()));
  });
  context.on("requestfailed", (request) => {
    failed.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  context.on("response", (response) => {
    const method = response.request().method();
    if (response.status() >= 400) failed.push(`${method} ${response.url()}: ${response.status()}`);
  });
  const tab = async (at: string): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(at);
    return page;
  };
  const page = await tab(url);
  return {
    page,
    context,
    console: messages,
    errors,
    failed,
    tab,
    async run<T, A>(code: string | ((argument: A) => T | Promise<T>), argument?: A): Promise<T> {
      if (typeof code === "string") return (await page.evaluate(code)) as T;
      return (await page.evaluate(code as never, argument)) as T;
    },
    assertClean(mayAbort) {
      const isAborted = (request: string): boolean =>
        request.endsWith(": net::ERR_ABORTED") && mayAbort?.test(request) === true;
      const rest = failed.filter((request) => !isAborted(request));
      assert.deepEqual({ console: messages, errors, failed: rest }, CLEAN);
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** What the log says of a load that takes long, as on a slow machine. */
export const SLOW_LOAD = /(?:is still loading|has been loaded in \d+ s)$/;

const CLEAN = { console: [], errors: [], failed: [] };

/** A page with the site and the browser that it was opened with; all end together. */
export interface SitePage extends OpenPage {
  readonly site: Site;
}

/**
 * Serves files, and opens a page of them in a browser of its own.
 *
 * @param files the contents by path; "/index.html" is the page if `path` names no other
 *
 * @example
 * await using page = await openPage({ "/index.html": "<title>x</title>", "/page.js": code });
 * assert.equal(await page.run(() => document.title), "x");
 */
export async function openPage(
  files: SiteFiles,
  { path = "/", ...options }: SiteOptions & ChromiumOptions & { readonly path?: string } = {},
): Promise<SitePage> {
  await using opened = new AsyncDisposableStack();
  const site = opened.use(await serveFiles(files, options));
  const browser = opened.use(await launchChromium(options));
  const page = await browser.open(`${site.url}${path}`);
  const all = opened.move();
  return Object.assign(page, { site, [Symbol.asyncDispose]: () => all.disposeAsync() });
}
