/** The cases of every place, on a service inside a page of Chromium. */
import assert from "node:assert/strict";
import { relative } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { browser } from "ekiben/bundle";
import { build } from "esbuild";
import { faultsOf, ROWS } from "../runtime/cases.ts";
import { openPage, type SitePage } from "../support/chromium.ts";
import type { CasesPage } from "./fixtures/cases-page.ts";

declare const runRow: CasesPage["runRow"];

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function opened(): Promise<SitePage> {
  const { outputFiles } = await build({
    entryPoints: [here("fixtures/cases-page.ts"), here("fixtures/cases-page-worker.ts")],
    splitting: true,
    write: false,
    outdir: here("site"),
    plugins: [browser()],
  });
  return await openPage({
    "/index.html":
      '<title>Cases</title><link rel="icon" href="data:,">' +
      '<script type="module" src="/cases-page.js"></script>',
    ...Object.fromEntries(
      outputFiles.map(({ path, contents }) => [`/${relative(here("site"), path)}`, contents]),
    ),
  });
}

const opening = opened();
after(async () => await (await opening)[Symbol.asyncDispose]());

for (const row of ROWS) {
  test(`a page has ${row.name}`, { timeout: 60_000 }, async () => {
    const page = await opening;
    await page.page.waitForFunction("typeof runRow === 'function'");
    const report = await page.run((name) => runRow(name), row.name);
    assert.deepEqual(faultsOf(row, "browser", report), []);
  });
}

test("no error of the page is left over", async () => {
  const { errors, failed } = await opening;
  assert.deepEqual({ errors, failed }, { errors: [], failed: [] });
});
