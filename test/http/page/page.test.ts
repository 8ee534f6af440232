import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { app } from "../../../src/app/app.ts";
import { httpApp } from "../../../src/http/http-app.ts";
import { text } from "../../../src/io/text.ts";
import { api } from "../../../src/service/api.ts";
import { service } from "../../../src/service/service.ts";

const hello = () =>
  service("hello", {
    models: false,
    apis: { hello: api({ input: text(), output: text() }, (name) => `Hello, ${name}`) },
  });

interface Document {
  readonly paths: Readonly<Record<string, object>>;
}

/** Returns the paths of the script and the style sheet that a document names. */
function filesOf(html: string): readonly string[] {
  return [...html.matchAll(/"(\?ui=[^"]+)"/g)].map(([, path = ""]) => path.replace("&amp;", "&"));
}

test("httpApp() has a page at / whose files are at the same path", async () => {
  const http = httpApp(hello());
  const page = await http.request("/");
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(page.headers.get("cache-control"), "no-cache");
  const files = filesOf(await page.text());
  assert.equal(files.length, 2);
  for (const file of files) {
    const response = await http.request(`/${file}`);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/(css|javascript); charset/);
    assert.equal(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.ok((await response.text()).length > 1000, file);
  }
  // An old document may be kept with the names of files that have changed since.
  const old = await http.request("/?ui=page.js&v=0123456789abcdef");
  assert.equal(old.headers.get("cache-control"), "no-cache");
});

test("httpApp() protects its page", async () => {
  const http = httpApp(hello());
  for (const path of ["/", "/?ui=page.js", "/?ui=page.css", "/?ui=about"]) {
    const { headers } = await http.request(path);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.match(headers.get("permissions-policy") ?? "", /camera=\(self\)/);
  }
});

test("httpApp() answers 304, HEAD and gzip for its page", async () => {
  const http = httpApp(hello());
  const plain = await http.request("/");
  const html = await plain.text();
  const etag = plain.headers.get("etag") ?? "";
  const same = await http.request("/", { headers: { "if-none-match": `"other", ${etag}` } });
  assert.deepEqual([same.status, await same.text()], [304, ""]);
  const head = await http.request("/", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  assert.equal(head.headers.get("content-length"), String(new TextEncoder().encode(html).length));
  const zipped = await http.request("/", { headers: { "accept-encoding": "gzip, br" } });
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  const body = zipped.body?.pipeThrough(new DecompressionStream("gzip"));
  assert.equal(await new Response(body).text(), html);
});

const OTHERS: readonly (readonly [string, string, RequestInit, number])[] = [
  ["a browser", "/", { headers: { accept: "text/html,application/xhtml+xml" } }, 200],
  ["curl", "/", { headers: { accept: "*/*" } }, 200],
  ["a client of JSON", "/", { headers: { accept: "application/json" } }, 404],
  ["another query", "/?utm_source=x", {}, 200],
  ["a file that is not there", "/?ui=other.js", {}, 404],
  ["a name of every object", "/?ui=constructor", {}, 404],
  ["a POST", "/", { method: "POST", body: "x" }, 405],
  ["a preflight where no page may call", "/", { method: "OPTIONS" }, 405],
  ["a method of WebDAV", "/", { method: "PROPFIND" }, 405],
  ["an unknown path", "/index.html", {}, 404],
];

for (const [what, path, init, status] of OTHERS) {
  test(`httpApp() with a page answers ${status} for ${what}`, async () => {
    const response = await httpApp(hello()).request(path, init);
    assert.equal(response.status, status, await response.text());
  });
}

test("the page is told which start of a server it talks to", async () => {
  const runOf = async (http: ReturnType<typeof httpApp>): Promise<unknown> =>
    ((await (await http.request("/?ui=about")).json()) as { run: unknown }).run;
  const [one, other] = [httpApp(hello()), httpApp(hello())];
  const run = await runOf(one);
  assert.ok(typeof run === "string" && run.length > 0);
  assert.equal(await runOf(one), run);
  assert.notEqual(await runOf(other), run);
});

test("httpApp() has no page with ui: false", async () => {
  for (const path of ["/", "/?ui=page.js", "/?ui=about"]) {
    const response = await httpApp(hello(), { ui: false }).request(path);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /There is nothing at \/; the service has \/hello/);
  }
});

test("the page is counted as one endpoint, not as an API", async () => {
  const http = httpApp(hello());
  for (const path of ["/", "/?ui=page.js", "/?ui=about", "/?a=1"]) await http.request(path);
  const metrics = await (await http.request("/metrics")).text();
  assert.match(metrics, /request_total\{[^}]*endpoint="\/"[^}]*http_response_code="200"[^}]*\} 4/);
  const document = (await (await http.request("/openapi.json")).json()) as Document;
  assert.deepEqual(Object.keys(document.paths["/"] ?? {}), ["get"]);
});

test("app() has the page before its start, and below a path with or without a slash", async () => {
  await using ml = app(hello());
  const site = new Hono().route("/ml", ml);
  for (const path of ["/ml", "/ml/"]) {
    const response = await site.request(path);
    assert.equal(response.status, 200);
    const [file = ""] = filesOf(await response.text());
    const url = new URL(file, `http://localhost${path}`);
    assert.equal((await site.request(url.pathname + url.search)).status, 200);
  }
  assert.equal(ml.routes.length > 0, true);
  assert.equal((await site.request("/")).status, 404);
  await using bare = app(hello(), { ui: false });
  assert.equal((await bare.request("/")).status, 404);
});
