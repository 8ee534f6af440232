/** The typed client in a page of Chromium, of another origin than its server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ACCESS, EVERYTHING, type everything as Everything } from "../client/callers/calls.ts";
import { openPage } from "../support/chromium.ts";
import { logged, startCli } from "../support/cli.ts";

declare const everything: typeof Everything;

const folder = fileURLToPath(new URL("../client/callers/", import.meta.url));

async function pageScript(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: {
      contents: 'import { everything } from "./calls.ts"; globalThis.everything = everything;',
      resolveDir: folder,
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

test("a page of an origin that may not call is told so, and the log names it", async () => {
  await using page = await openPage({
    "/index.html": '<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
    "/page.js": await pageScript(),
  });
  const ready = /Serving \S+ on (http:\S+)/;
  await using server = await startCli(["serve", `${folder}shop.ts`, "--no-grpc"], {}, ready);
  await page.page.waitForFunction("typeof everything === 'function'");
  const message = await page.run((url) => everything(url).catch(String), server.url);
  assert.match(String(message), /Lost the connection to .*: Failed to fetch \(are pages of /);
  assert.ok(String(message).endsWith(`(are pages of ${page.site.url} allowed?)`), String(message));
  await logged(server, new RegExp(`A web page of "${page.site.url}" was refused`));
});

test("a page of another origin calls a server by the typed client", async () => {
  await using page = await openPage({
    "/index.html": '<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
    "/page.js": await pageScript(),
  });
  const keys = ACCESS.apiKeys.flatMap((key) => ["--api-key", key]);
  const access = [...keys, "--rate-limit", ACCESS.rateLimit, "--cors-origin", page.site.url];
  const ready = /Serving \S+ on (http:\S+)/;
  const args = ["serve", `${folder}shop.ts`, "--no-grpc", ...access];
  await using server = await startCli(args, {}, ready);
  await page.page.waitForFunction("typeof everything === 'function'");
  assert.notEqual(new URL(server.url).origin, page.site.url);
  assert.deepEqual(await page.run((url) => everything(url), server.url), EVERYTHING);
  assert.deepEqual(page.errors, []);
});
