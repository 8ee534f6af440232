/**
 * Compiled code for ONNX Runtime in a bundle for browsers. Only its own loader knows where a
 * bundler has put its file: the URL is taken from its request, which is answered with a module that
 * the main thread has compiled, once for all workers.
 * @module
 */

import { GlobalPatch } from "./global-patch.ts";

/** Compiles the module at a URL. */
export type Compile = (url: URL) => Promise<WebAssembly.Module>;

const patch = new GlobalPatch(replaceLoader);
/** The reason why the module could not be compiled. */
let failure: unknown;

/**
 * Creates a session while `fetch` and `WebAssembly.instantiateStreaming` are replaced.
 *
 * @throws the error of `compile`, which says more than ONNX Runtime's own
 */
export async function withCompiled<T>(compile: Compile, create: () => Promise<T>): Promise<T> {
  try {
    return await patch.during(create, compile);
  } catch (error) {
    throw failure ?? error;
  }
}

/** Replaces the functions that load a module, and returns a function that puts them back. */
function replaceLoader(compile: Compile): () => void {
  const { fetch } = globalThis;
  const { instantiateStreaming } = WebAssembly;
  failure = undefined;

  globalThis.fetch = ((input: RequestInfo | URL, init?: RequestInit) => {
    const url = urlOf(input);
    return url === undefined ? fetch(input, init) : new WasmRequest(url, () => fetch(input, init));
  }) as typeof fetch;

  WebAssembly.instantiateStreaming = async (source, imports) => {
    if (!(source instanceof WasmRequest)) return await instantiateStreaming(source, imports);
    try {
      const module = await compile(source.url);
      return { module, instance: await WebAssembly.instantiate(module, imports) };
    } catch (error) {
      failure ??= error;
      throw error;
    }
  };

  return () => {
    globalThis.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  };
}

/** Returns the URL of a request for a file of WebAssembly; `undefined` for any other. */
function urlOf(input: RequestInfo | URL): URL | undefined {
  const href = input instanceof Request ? input.url : String(input);
  const { location } = globalThis;
  // A worker's own location may be no base, such as a blob's.
  const url = parsed(href) ?? (location === undefined ? undefined : parsed(href, location.href));
  return url?.pathname.endsWith(".wasm") ? url : undefined;
}

function parsed(...parts: readonly [href: string, base?: string]): URL | undefined {
  return URL.canParse(...parts) ? new URL(...parts) : undefined;
}

/** The promise of `fetch` for a file of WebAssembly. Nothing is sent until code waits for it. */
class WasmRequest extends Promise<Response> {
  readonly url: URL;
  readonly #send: () => Promise<Response>;
  #sent: Promise<Response> | undefined;

  constructor(url: URL, send: () => Promise<Response>) {
    super(() => {}); // its own state is not used
    this.url = url;
    this.#send = send;
  }

  // The promises that then() makes are plain ones.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise that sends its request late
  override then<A = Response, B = never>(
    onResponse?: ((value: Response) => A | PromiseLike<A>) | null,
    onFailure?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#sent ??= this.#send();
    return this.#sent.then(onResponse, onFailure);
  }
}
