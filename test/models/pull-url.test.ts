import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { models as missing } from "../../src/models/none.ts";
import type { PullOptions } from "../../src/models/pull.ts";
import { fileName, pullUrl } from "../../src/models/pull-url.ts";
import type { StoredModel } from "../../src/models/stored-model.ts";
import { until } from "../support/until.ts";
import { model } from "./hub-setup.ts";
import { sha256 } from "./loopback-hub.ts";
import { QuickClock, STALL_MS } from "./quick-clock.ts";
import { type TemporaryStore, temporaryStore } from "./temporary-store.ts";

const own = (name: string): Buffer =>
  readFileSync(new URL(`../onnx/models/${name}`, import.meta.url));

interface Site extends AsyncDisposable {
  readonly origin: string;
  readonly seen: IncomingMessage["headers"][];
  readonly pull: (path: string, options?: PullOptions) => Promise<StoredModel>;
}

/** A server of some files, the first answers of which break off. */
async function site(at: TemporaryStore, { etag = '"one"', breaks = 0 } = {}): Promise<Site> {
  const seen: IncomingMessage["headers"][] = [];
  const partSize = (): number => {
    const folder = join(at.home, "downloads");
    const name = readdirSync(folder).find((each) => each.endsWith(".part"));
    return name === undefined ? 0 : readFileSync(join(folder, name)).length;
  };
  const server = createServer(({ url = "", headers }, response) => {
    seen.push(headers);
    const { pathname } = new URL(url, "http://x");
    const files: Readonly<Record<string, Uint8Array>> = {
      "/models/mnist.onnx": model,
      "/external.onnx": own("external.onnx"),
      "/external.onnx.data": own("external.onnx.data"),
      "/page.onnx": Buffer.from("<!doctype html>"),
    };
    const body = files[pathname];
    if (pathname === "/moved") {
      response.writeHead(302, { location: "/models/mnist.onnx" }).end();
      return;
    }
    if (pathname === "/file") response.writeHead(302, { location: "file:///etc/passwd" }).end();
    else if (pathname === "/loop") response.writeHead(302, { location: "/loop" }).end();
    else if (body === undefined) response.writeHead(404).end();
    else {
      const [, start] = /^bytes=(\d+)-$/.exec(headers.range ?? "") ?? [];
      const isSame = headers["if-range"] === undefined || headers["if-range"] === etag;
      const from = isSame ? Number(start ?? 0) : 0;
      const length = String(body.length - from);
      const range = { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` };
      const more = { ...(etag === "" ? {} : { etag }), ...(from > 0 ? range : {}) };
      response.writeHead(from > 0 ? 206 : 200, { "content-length": length, ...more });
      if (seen.length > breaks) response.end(body.subarray(from));
      else {
        response.write(body.subarray(from, from + 1000));
        void until(() => partSize() === from + 1000).then(() => response.destroy());
      }
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = { clock: new QuickClock(), stallMs: STALL_MS, tries: 3 };
  return {
    origin,
    seen,
    pull: (path, options = {}) => pullUrl(at.store, new URL(path, origin), options, settings),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

test("pullUrl() fetches a model, and makes no second version of the same", async () => {
  using at = temporaryStore();
  await using from = await site(at);
  const found = await from.pull("/models/mnist.onnx?token=secret", { sha256: sha256(model) });
  assert.match(found.tag, /^mnist:[a-z2-7]{16}$/);
  assert.equal(found.info.source, `${from.origin}/models/mnist.onnx`, "without its query");
  assert.deepEqual(readFileSync(found.file()), model);
  assert.equal((await from.pull("/models/mnist.onnx")).tag, found.tag);
  const named = await from.pull("/moved", { name: "other", version: "v1" });
  assert.equal(named.tag, "other:v1");
  assert.equal((await from.pull("/moved", { name: "other", version: "V1" })).tag, "other:v1");
  const { length } = from.seen;
  await assert.rejects(from.pull("/models/mnist.onnx", { name: "other", version: "v1" }), {
    code: "already_exists",
    message: /other:v1 already, and it is not from http.*mnist\.onnx$/,
  });
  assert.equal(from.seen.length, length, "without a download");
  assert.deepEqual(readdirSync(join(at.home, "downloads")), []);
});

test("pullUrl() goes on after breaks, if the file is still the same", async () => {
  using at = temporaryStore();
  await using from = await site(at, { breaks: 2 });
  assert.deepEqual(readFileSync((await from.pull("/models/mnist.onnx")).file()), model);
  assert.deepEqual(
    from.seen.map((headers) => [headers.range, headers["if-range"]]),
    [
      [undefined, undefined],
      ["bytes=1000-", '"one"'],
      ["bytes=2000-", '"one"'],
    ],
  );
  // Without a validator, nobody knows.
  using other = temporaryStore();
  await using without = await site(other, { breaks: 1, etag: "" });
  assert.deepEqual(readFileSync((await without.pull("/models/mnist.onnx")).file()), model);
  assert.deepEqual(
    without.seen.map(({ range }) => range),
    [undefined, undefined],
  );
});

test("pullUrl() fetches the weights beside a model", async () => {
  using at = temporaryStore();
  await using from = await site(at);
  const { info } = await from.pull("/external.onnx");
  const paths = ["external.onnx", "external.onnx.data"];
  assert.deepEqual(
    info.files.map(({ path }) => path),
    paths,
  );
});

test("pullUrl() sends the password of a URL, and keeps it nowhere", async () => {
  using at = temporaryStore();
  await using from = await site(at);
  const url = from.origin.replace("//", "//me:p%40ss@");
  const { info } = await from.pull(`${url}/models/mnist.onnx`);
  const value = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  assert.equal(from.seen[0]?.authorization, value);
  assert.equal(info.source, `${from.origin}/models/mnist.onnx`);
});

test("pullUrl() refuses what is not the model", async () => {
  using at = temporaryStore();
  await using from = await site(at);
  const rows: readonly [string, PullOptions, RegExp][] = [
    ["/page.onnx", {}, /page\.onnx is not a model in ONNX's format/],
    ["/none.onnx", {}, /answered 404/],
    ["/models/mnist.onnx", { sha256: "0".repeat(64) }, /its SHA-256 is 4c43.*, not 0000/],
    ["/models/mnist.onnx", { sha256: "x" }, /64 hexadecimal digits/],
    ["/models/mnist.onnx", { include: ["*"] }, /files of a repository on a hub/],
    ["/file", {}, /redirects to file:\/\/\/etc\/passwd, which is not followed/],
    ["/loop", {}, /redirects without end/],
  ];
  for (const [path, options, message] of rows) {
    await assert.rejects(from.pull(path, options), { message }, path);
  }
  assert.deepEqual(at.store.list(), []);
  assert.deepEqual(readdirSync(join(at.home, "downloads")), []);
});

test("fileName() is a valid name of a model", () => {
  const rows: readonly [string, string][] = [
    ["https://x/a/net.onnx?x=1", "net.onnx"],
    ["https://x/a/My%20Net.onnx", "My Net.onnx"],
    ["https://x/", "model.onnx"],
    ["https://x/download", "model.onnx"],
    ["https://x/..%2F..%2Fevil.onnx", "model.onnx"],
    ["https://x/%00.onnx", "model.onnx"],
    ["https://x/%zz.onnx", "model.onnx"],
  ];
  for (const [url, name] of rows) assert.equal(fileName(new URL(url)), name, url);
});

test("without a file system, models says what to do instead", async () => {
  const message = /no file system, and so no store of models: it is there on Bun, Deno and Node/;
  assert.throws(() => missing.get("m"), { code: "unimplemented", message });
  await assert.rejects(missing.pull("hf:o/r"), { code: "unimplemented", message });
});
