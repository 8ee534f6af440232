/** The cases of every place, on a service inside a page of Chromium. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { faultsOf, ROWS } from "../runtime/cases.ts";
import { openPage, type SitePage } from "../support/chromium.ts";
import { bundleScripts } from "../support/page-scripts.ts";
import type { CasesPage } from "./fixtures/cases-page.ts";

declare const connect: CasesPage["connect"];
declare const runRow: CasesPage["runRow"];

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));

async function opened(): Promise<SitePage> {
  const page = await openPage({
    "/index.html":
      '<title>Cases</title><link rel="icon" href="data:,">' +
      '<script type="module" src="/cases-page.js"></script>',
    ...(await bundleScripts(fixtures, ["cases-page.ts", "cases-page-worker.ts"], true)),
    ...(await bundleScripts(fixtures, ["cases-service-worker.ts"], false)),
  });
  await page.page.waitForFunction("typeof runRow === 'function'");
  return page;
}

const opening = opened();
after(async () => await (await opening)[Symbol.asyncDispose]());

for (const way of ["page", "Service Worker"] as const) {
  if (way === "Service Worker") {
    test("a page connects its Service Worker", async () => {
      await (await opening).run(() => connect());
    });
  }
  for (const row of ROWS) {
    test(`a ${way} has ${row.name}`, { timeout: 300_000 }, async () => {
      const page = await opening;
      const report = await page.run(([name, by]) => runRow(name, by), [row.name, way] as const);
      assert.deepEqual(faultsOf(row, way, report), []);
    });
  }
}

test("no error of the page is left over", async () => {
  const { errors } = await opening;
  assert.deepEqual(errors, []);
});
