/** Streams and forms as answers on the page at `/`, in Debian's Chromium. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { startCli } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";

const SERVICE = fileURLToPath(new URL("test/system/fixtures/page-service.ts", root));

test("the page shows what came of a stream, and each picture of streams and forms", async () => {
  await using server = await startCli(["serve", SERVICE], {}, /Serving \S+ on (http:\S+)/);
  await using chromium = await launchChromium();
  await using opened = await chromium.open(server.url);
  const { page } = opened;

  await call(page, `${server.url}/#/api/breaks`);
  await page.locator(".answer .error").waitFor();
  const text = (await page.locator(".answer .body").textContent()) ?? "";
  assert.match(text, /^one and There is no moreRequest id: [\w-]{36}$/);
  const status = (await page.locator(".answer .status").textContent()) ?? "";
  assert.equal(status, "200, then broken off: resource_exhausted");

  await call(page, `${server.url}/#/api/frames`);
  await page.locator(".answer .status", { hasText: "2 items" }).waitFor();
  assert.deepEqual(await widthsOf(page), [3, 5]);

  await call(page, `${server.url}/#/api/parts`);
  await page.locator(".answer img").waitFor();
  assert.deepEqual(await widthsOf(page), [2]);
  const parts = (await page.locator(".answer .body").textContent()) ?? "";
  assert.match(parts, /^noteonesizewidth2pictureSave output\.jpeg$/);
  // Whoever gets an error reads no further, even if the end of the body has not come yet.
  opened.assertClean(/^POST \S+\/breaks:/);
});

/** Calls the API of a URL with a text. */
async function call(page: Page, url: string): Promise<void> {
  await page.goto(url);
  const name = url.slice(url.lastIndexOf("/") + 1);
  await page.locator("h2", { hasText: new RegExp(`^${name}$`) }).waitFor();
  await page.getByLabel("Text").fill("one");
  await page.getByRole("button", { name: "Send" }).click();
}

/** Returns the widths of the pictures of the answer, in pixels. */
async function widthsOf(page: Page): Promise<number[]> {
  const pictures = page.locator(".answer img");
  return await pictures.evaluateAll((all) =>
    Promise.all(
      all.map(async (each) => {
        const picture = each as HTMLImageElement;
        await picture.decode();
        return picture.naturalWidth;
      }),
    ),
  );
}
