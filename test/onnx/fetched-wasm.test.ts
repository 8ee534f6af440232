import assert from "node:assert/strict";
import { test } from "node:test";
import { withCompiled } from "../../src/onnx/fetched-wasm.ts";

/** A module with one function, which returns 42. */
const BYTES = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  ...[0x0a, 0x06, 0x01, 0x04, 0x00, 0x41, 0x2a, 0x0b],
);
const CODE = "https://page.example/assets/ort-wasm-1b2c.wasm?v=1";
const originals = [globalThis.fetch, WebAssembly.instantiateStreaming] as const;

/** Returns the requests that leave this thread, while the real `fetch` is replaced. */
async function recorded(work: (requests: string[]) => Promise<void>): Promise<void> {
  const requests: string[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = (async (input: RequestInfo | URL) => {
    requests.push(String(input));
    return new Response("answered");
  }) as typeof fetch;
  try {
    await work(requests);
  } finally {
    globalThis.fetch = real;
  }
}

/** Loads code as ONNX Runtime does, by the code that Emscripten makes. */
async function load(url: string): Promise<number> {
  const request = fetch(url, { credentials: "same-origin" });
  const { instance } = await WebAssembly.instantiateStreaming(request, {});
  return (instance.exports["f"] as () => number)();
}

/** Compiles as the main thread does, and counts. */
function compiler() {
  const urls: string[] = [];
  const compile = async ({ href }: URL): Promise<WebAssembly.Module> => {
    urls.push(href);
    return await WebAssembly.compile(BYTES);
  };
  return { urls, compile };
}

test("withCompiled() gives ONNX Runtime a compiled module in place of its file", () =>
  recorded(async (requests) => {
    const before = [globalThis.fetch, WebAssembly.instantiateStreaming];
    const { urls, compile } = compiler();
    assert.equal(await withCompiled(compile, () => load(CODE)), 42);
    assert.deepEqual([urls, requests], [[CODE], []]);
    assert.deepEqual([globalThis.fetch, WebAssembly.instantiateStreaming], before);
  }));

test("withCompiled() leaves all other requests alone", () =>
  recorded(async (requests) => {
    const { urls, compile } = compiler();
    await withCompiled(compile, async () => {
      for (const url of ["https://page.example/model.onnx", new URL(CODE)]) {
        assert.equal(await (await fetch(url)).text(), "answered");
      }
      const text = fetch(new Request(CODE)).then((response) => response.text());
      assert.equal(await text.finally(() => {}), "answered");
      assert.ok(fetch(CODE) instanceof Promise, "which is not sent, as nothing waits for it");
    });
    assert.deepEqual(urls, []);
    assert.deepEqual(requests.slice(0, 2), ["https://page.example/model.onnx", CODE]);
    assert.equal(requests.length, 3);
  }));

test("withCompiled() throws the reason why the module was not compiled", () =>
  recorded(async () => {
    const reason = new Error("There is no WebAssembly at /a.wasm");
    const failing = async (): Promise<never> => {
      throw reason;
    };
    const create = async (): Promise<number> => {
      try {
        return await load(CODE);
      } catch {
        throw new Error("no available backend found. ERR: [wasm] RuntimeError: Aborted()");
      }
    };
    await assert.rejects(withCompiled(failing, create), reason);
    const { compile } = compiler();
    const other = new Error("protobuf parsing failed");
    await assert.rejects(
      withCompiled(compile, () => Promise.reject(other)),
      other,
    );
    assert.equal(await withCompiled(compile, create), 42);
  }));

test("withCompiled() puts the functions back after the last of several sessions", () =>
  recorded(async () => {
    const before = globalThis.fetch;
    const { compile } = compiler();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const one = withCompiled(compile, () => first.promise);
    const other = withCompiled(compile, async () => {
      await second.promise;
      return await load(CODE);
    });
    first.resolve();
    await one;
    assert.notEqual(globalThis.fetch, before);
    second.resolve();
    assert.equal(await other, 42);
    assert.equal(globalThis.fetch, before);
  }));

test("withCompiled() leaves nothing behind", () => {
  assert.deepEqual([globalThis.fetch, WebAssembly.instantiateStreaming], originals);
});
