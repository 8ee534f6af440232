/** The page of examples/browser, built once, and the digits to try it with. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { temporaryFolder } from "../project/checkout.ts";
import { root } from "../support/runtimes.ts";
import { filesIn, type SiteFiles } from "../support/site.ts";

const digits = new URL("examples/mnist/digits/", root);

/** A picture of a digit. */
export interface Digit {
  readonly file: string;
  readonly label: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The pictures of examples/mnist. */
export function allDigits(): readonly Digit[] {
  const labels = JSON.parse(readFileSync(new URL("labels.json", digits), "utf8")) as Digit[];
  return labels.map(({ file, label }) => ({
    file,
    label,
    bytes: new Uint8Array(readFileSync(new URL(file, digits))),
  }));
}

/** Builds the example, and returns its files below a path. */
export function buildExample(base = "/", ...args: readonly string[]): SiteFiles {
  using folder = temporaryFolder();
  const target = join(folder.path, "site");
  const script = "examples/browser/build.ts";
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, target, ...args], {
    cwd: root,
    encoding: "utf8",
  });
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(stdout, /KiB {2}service-worker\.js/);
  return filesIn(pathToFileURL(`${target}/`), base);
}

/** Returns the same files below another path. */
export function below(base: string, files: SiteFiles): SiteFiles {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [base + path.slice(1), content]),
  );
}

/** Waits until the Service Worker answers the requests of a page. */
export async function connected(page: Page): Promise<void> {
  const isSet = (): boolean => document.getElementById("offline")?.textContent !== "not yet";
  await page.waitForFunction(isSet);
  assert.equal(await page.textContent("#offline"), "this page is ready for it");
}

/** An answer to `fetch()` in a page. */
export interface PageAnswer {
  readonly status: number;
  readonly place: string | null;
  readonly text: string;
}

/** Runs `fetch("predict")` in a page with a picture. */
export async function predict(page: Page, bytes: Uint8Array): Promise<PageAnswer> {
  return await page.evaluate(
    async (picture) => {
      const response = await fetch("predict", {
        method: "POST",
        body: Uint8Array.from(picture),
        headers: { "content-type": "image/png" },
      });
      const place = response.headers.get("x-ekiben-place");
      return { status: response.status, place, text: await response.text() };
    },
    [...bytes],
  );
}
