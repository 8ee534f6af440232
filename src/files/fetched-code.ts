/**
 * Compiles WebAssembly that a server answers, and says why an answer cannot be compiled.
 * @module
 */

import { messageOf } from "../error.ts";

/** The first bytes of every module: "\0asm". */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/**
 * Compiles the module at a URL, while it is received if the server names its type.
 *
 * @throws Error that names the URL, if it does not answer with WebAssembly
 */
export async function compileFetched(url: URL): Promise<WebAssembly.Module> {
  const response = await request(url);
  const type = response.headers.get("content-type") ?? "";
  if (!response.ok) {
    void response.body?.cancel();
    throw missing(url, `the server answered ${response.status}`);
  }
  if (/^text\/html\b/i.test(type)) {
    void response.body?.cancel();
    throw missing(url, "the server answered with a page of HTML");
  }
  // A type with a parameter would be refused.
  if (/^application\/wasm$/i.test(type)) return await compileStream(response, url);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (MAGIC.every((byte, at) => bytes[at] === byte)) return await WebAssembly.compile(bytes);
  throw somethingElse(url, type);
}

async function compileStream(response: Response, url: URL): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compileStreaming(response);
  } catch (error) {
    // The engines' words for bytes that begin otherwise.
    const isOther = /magic word|doesn't start with/i.test(messageOf(error));
    throw isOther ? somethingElse(url, "application/wasm") : error;
  }
}

function somethingElse(url: URL, type: string): Error {
  return missing(url, `the server answered with something else (${type || "no content-type"})`);
}

async function request(url: URL): Promise<Response> {
  try {
    return await fetch(url, { credentials: "same-origin" });
  } catch (error) {
    throw new Error(`Cannot fetch the WebAssembly at ${shown(url)}: ${messageOf(error)}`);
  }
}

function missing(url: URL, what: string): Error {
  return new Error(
    `There is no WebAssembly at ${shown(url)}: ${what}. Have the bundler copy the file there, or ` +
      "serve it there",
  );
}

/** Shortens a URL that contains its file, for messages. */
function shown({ href }: URL): string {
  return href.length > 300 ? `${href.slice(0, 300)}…` : href;
}
