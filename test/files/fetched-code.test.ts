import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { compileFetched } from "../../src/files/fetched-code.ts";

/** The shortest module. */
const MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const PAGE = "<!doctype html><title>Not here</title>";

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string | Uint8Array;
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/typed.wasm": { type: "application/wasm", body: MODULE },
  "/with-parameter.wasm": { type: "application/wasm; charset=binary", body: MODULE },
  "/octets.wasm": { type: "application/octet-stream", body: MODULE },
  "/untyped.wasm": { body: MODULE },
  "/gone.wasm": { status: 404, type: "text/plain", body: "not found" },
  "/page.wasm": { type: "text/html; charset=utf-8", body: PAGE },
  "/untyped-page.wasm": { body: PAGE },
  "/text.wasm": { type: "text/plain", body: "hello" },
  "/empty.wasm": { type: "application/octet-stream", body: "" },
  "/typed-page.wasm": { type: "application/wasm", body: PAGE },
  "/broken.wasm": { type: "application/wasm", body: MODULE.subarray(0, 6) },
};

/** Runs a server of the answers. */
async function served(work: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(({ url = "" }, response) => {
    const { status = 200, type, body } = ANSWERS[url] ?? { status: 404, body: "" };
    response.writeHead(status, type === undefined ? {} : { "content-type": type }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("compileFetched() compiles a module, whatever type the server names", () =>
  served(async (base) => {
    for (const path of ["typed", "with-parameter", "octets", "untyped"]) {
      const module = await compileFetched(new URL(`/${path}.wasm`, base));
      assert.ok(module instanceof WebAssembly.Module, path);
    }
  }));

test("compileFetched() says what a server answered in place of a module", () =>
  served(async (base) => {
    const where = (path: string): string => `There is no WebAssembly at ${base}${path}: `;
    const cases: readonly (readonly [path: string, reason: string])[] = [
      ["/gone.wasm", "the server answered 404"],
      ["/page.wasm", "the server answered with a page of HTML"],
      ["/untyped-page.wasm", "the server answered with something else (no content-type)"],
      ["/typed-page.wasm", "the server answered with something else (application/wasm)"],
      ["/text.wasm", "the server answered with something else (text/plain)"],
      ["/empty.wasm", "the server answered with something else (application/octet-stream)"],
    ];
    const cure = "Have the bundler copy the file there, or serve it there";
    for (const [path, reason] of cases) {
      const message = `${where(path)}${reason}. ${cure}`;
      await assert.rejects(compileFetched(new URL(path, base)), { message });
    }
    await assert.rejects(compileFetched(new URL("/broken.wasm", base)), { name: "CompileError" });
  }));

test("compileFetched() names the URL of a server that does not answer", async () => {
  let base = "";
  await served(async (url) => {
    base = url;
  });
  const message = new RegExp(`^Cannot fetch the WebAssembly at ${base}/typed\\.wasm: .`);
  await assert.rejects(compileFetched(new URL("/typed.wasm", base)), { message });
});
