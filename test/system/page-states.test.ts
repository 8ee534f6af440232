/** The page of servers that refuse it, or break under it; and files that are dropped and pasted. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page, Route } from "playwright-core";
import { type Chromium, launchChromium } from "../support/chromium.ts";
import { startCli } from "../support/cli.ts";
import { Project } from "../support/project.ts";
import { root } from "../support/runtimes.ts";
import { until } from "../support/until.ts";

const service = fileURLToPath(new URL("test/system/fixtures/page-service.ts", root));
const READY = /Serving \S+ on (http:\S+)/;

let chromium: Chromium;
before(async () => {
  chromium = await launchChromium();
});
after(() => chromium[Symbol.asyncDispose]());

async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel("Text", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

async function useKey(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Use this key" }).click();
}

test("the page asks for the key of a server, its charts for theirs, and tells a rate", async () => {
  const args = ["serve", service, "--api-key", "page:correct-horse", "--rate-limit", "2/h"];
  const metrics = ["--metrics-key", "prometheus:battery-staple"];
  await using server = await startCli([...args, ...metrics], {}, READY);
  await using opened = await chromium.open(`${server.url}/#/api/shout`);
  const { page } = opened;
  const charts = (state: string) => page.locator(`.charts[data-state="${state}"]`).waitFor();
  await page.getByText("This server needs an API key").waitFor();
  await charts("locked");
  await useKey(page, "wrong-horse");
  await page.getByText("The server does not accept this key").waitFor();
  await useKey(page, "correct-horse");
  await page.locator("h2", { hasText: "shout" }).waitFor();
  assert.equal(await page.locator(".key-prompt").isVisible(), false);
  await charts("locked"); // the key of calls is none of the metrics
  await send(page, "hello");
  await page.locator(".status", { hasText: /^429 resource_exhausted/ }).waitFor();
  await page.locator(".answer", { hasText: /Try again after \d+ s/ }).waitFor();
});

test("the charts of the page need no key where the metrics are open", async () => {
  const args = ["serve", service, "--api-key", "page:correct-horse", "--metrics-key", "open"];
  await using server = await startCli(args, {}, READY);
  await using opened = await chromium.open(server.url);
  await opened.page.locator('.charts[data-state="live"]').waitFor();
  await opened.page.getByText("This server needs an API key").waitFor();
});

const hello = (more: string): string => `
import { api, service, text } from "ekiben";
export default service("hello", {
  apis: { hello: api({ input: text(), output: text() }, (name) => ${more} + name) },
});
`;

/** A project with that service, to be saved in other versions. */
const helloProject = (): Project =>
  new Project({ "package.json": '{ "type": "module" }', "service.ts": hello('"one "') });

const DEV_READY = /^(?=[\s\S]*Ready in)[\s\S]*Serving \S+ on (http:\S+)/;

test("the page of ekiben dev shows what is wrong, and keeps what was typed", async () => {
  using project = helloProject();
  await using server = await startCli(["dev", project.folder], {}, DEV_READY);
  await using opened = await chromium.open(server.url);
  const { page } = opened;
  await page.locator(".state", { hasText: "Ready" }).waitFor();
  await send(page, "Ada");
  await page.locator(".answer .body", { hasText: "one Ada" }).waitFor();
  project.write("service.ts", hello('"two" ++'));
  await page.locator(".trouble", { hasText: "service.ts" }).waitFor();
  assert.equal(await page.getByLabel("Text", { exact: true }).inputValue(), "Ada");
  project.write("service.ts", hello('"two "'));
  await page.locator(".state", { hasText: "Ready" }).waitFor();
  assert.equal(await page.locator(".trouble").isVisible(), false);
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator(".answer .body", { hasText: "two Ada" }).waitFor();
});

/** A second API beside `hello`, and what that takes. */
const two = (input: string): string => `
import { api, json, service, text } from "ekiben";
export default service("hello", {
  apis: {
    first: api({ input: text(), output: text() }, (name) => name),
    hello: api({ input: ${input}, output: text() }, (name) => "three " + name),
  },
});
`;

test("the page of ekiben dev keeps the form when an API is added, as long as it fits", async () => {
  using project = helloProject();
  await using server = await startCli(["dev", project.folder], {}, DEV_READY);
  await using opened = await chromium.open(`${server.url}/#/api/hello`);
  const { page } = opened;
  const input = page.getByLabel("Text", { exact: true });
  await input.fill("Ada");
  project.write("service.ts", two("text()"));
  await page.locator('.menu a[data-id="api/first"]').waitFor();
  assert.equal(await input.inputValue(), "Ada");
  assert.equal(await page.locator(".menu a[aria-current]").textContent(), "hello");
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator(".answer .body", { hasText: "three Ada" }).waitFor();
  project.write("service.ts", two("json<string>()"));
  await page.getByLabel("Input", { exact: true }).waitFor();
  assert.equal(await input.count(), 0);
});

/** Drops a file on the form, or pastes it. */
function give({ how, name, base64 }: { how: string; name: string; base64: string }): void {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const type = name.endsWith(".png") ? "image/png" : "text/plain";
  data.items.add(new File([bytes], name, { type }));
  const fields = { bubbles: true, cancelable: true };
  const event =
    how === "drop"
      ? new DragEvent("drop", { ...fields, dataTransfer: data })
      : new ClipboardEvent("paste", { ...fields, clipboardData: data });
  document.querySelector(".picker")?.dispatchEvent(event);
}

test("files are dropped and pasted, and sent with their names", async () => {
  await using server = await startCli(["serve", service], {}, READY);
  await using opened = await chromium.open(`${server.url}/#/api/measure`);
  const { page } = opened;
  await page.locator(".picker").waitFor();
  await opened.run(give, { how: "drop", name: "five.txt", base64: btoa("12345") });
  await page.locator(".preview", { hasText: "five.txt" }).waitFor();
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator(".answer .body", { hasText: /bytes5filenamefive\.txt/ }).waitFor();
  await page.goto(`${server.url}/#/api/invert`);
  await page.locator("h2", { hasText: "invert" }).waitFor();
  const three = new URL("examples/mnist/digits/digit-3-a.png", root);
  const base64 = readFileSync(three).toString("base64");
  await opened.run(give, { how: "paste", name: "three.png", base64 });
  await page.locator(".preview", { hasText: "three.png" }).waitFor();
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator("img.result").waitFor();
  opened.assertClean();
});

/** Records all that the page says of its calls, from now on. */
function recordStatuses(): void {
  const status = document.querySelector(".status");
  const seen: (string | null | undefined)[] = [status?.textContent];
  if (status === null) throw new Error("The page has no status");
  new MutationObserver(() => seen.push(status.textContent)).observe(status, { childList: true });
  Object.assign(globalThis, { seen });
}

test("the page shows the last call alone, whatever becomes of the calls before", async () => {
  await using server = await startCli(["serve", service], {}, READY);
  await using opened = await chromium.open(`${server.url}/#/api/invert`);
  const { page } = opened;
  await page.getByRole("tab", { name: "Draw" }).click();
  await opened.run(recordStatuses);
  const held: Route[] = [];
  await page.route("**/invert", (route) => void held.push(route));
  const pad = page.locator("canvas.pad");
  const says = (text: string) => page.locator(".status", { hasText: text }).waitFor();
  await pad.click();
  await until(() => held.length === 1);
  await pad.click({ position: { x: 90, y: 90 } }); // its call would be the next
  await pad.press("Control+Enter");
  await until(() => held.length === 2);
  await held[1]?.fulfill({ contentType: "text/plain; charset=utf-8", body: "of the second" });
  await page.locator(".answer .body", { hasText: "of the second" }).waitFor();
  await page.getByRole("button", { name: "Send" }).click();
  await until(() => held.length === 3);
  await page.getByRole("button", { name: "Cancel" }).click();
  await says("Cancelled");
  await page.getByRole("button", { name: "Send" }).click();
  await until(() => held.length === 4);
  await page.getByRole("button", { name: "Clear" }).click();
  await says("Nothing has been sent yet");
  const seen = await opened.run<string[]>("seen");
  const expected = [/^Nothing/, /^200/, /^Cancelled$/, /^Nothing/];
  assert.equal(seen.length, expected.length, seen.join("\n"));
  for (const [at, text] of expected.entries()) assert.match(seen[at] ?? "", text);
  assert.equal(held.length, 4, "no state was sent twice");
  await until(() => opened.failed.length === 3); // all but the second
  opened.assertClean(/^POST \S+\/invert:/);
});

test("the page ends a stream that is cancelled, or in place of which another is sent", async () => {
  await using server = await startCli(["serve", service], {}, READY);
  await using opened = await chromium.open(`${server.url}/#/api/hold`);
  const { page } = opened;
  const body = (text: RegExp) => page.locator(".answer .body", { hasText: text }).waitFor();
  await send(page, "wait");
  await body(/^wait $/);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator(".status", { hasText: "Cancelled" }).waitFor();
  await send(page, "wait");
  await body(/^wait $/);
  await opened.run(recordStatuses);
  await send(page, "go");
  await body(/^go $/);
  const seen = await opened.run<string[]>("seen");
  assert.doesNotMatch(seen.join("\n"), /Cancelled/);
  opened.assertClean(/^POST \S+\/hold:/);
});
