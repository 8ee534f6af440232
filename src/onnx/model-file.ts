/**
 * Reads a model and the files of its weights: from a folder, over HTTP, or from bytes in memory.
 * @module
 */

import { files } from "#files";
import { messageOf } from "../error.ts";
import type { Files } from "../files/files.ts";
import { type ModelFacts, readFacts } from "./model-facts.ts";
import { hash, hashOfRead, hashOfWeights, ModelHash } from "./model-hash.ts";

/**
 * The location of a model (a URL or a path), or its bytes. On servers, also the name of one in the
 * store: `models:name:version`, or `hf:owner/repo@revision/path/model.onnx`, which is fetched if it
 * is not there.
 */
export type ModelSource = URL | string | Uint8Array;

/** A file of weights: its name in the model, and its content. */
export interface ExternalFile {
  readonly path: string;
  readonly data: Uint8Array;
}

/** A model that has been read. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  /** The facts; `undefined` if the file is not in protobuf. */
  readonly facts: ModelFacts | undefined;
  /** Its path, if it is a file. */
  readonly path: string | undefined;
  /** Reads the external files of weights; none for a model that contains its weights. */
  readExternalFiles(): Promise<ExternalFile[]>;
  /**
   * Returns its SHA-256 with that of its weights, as hex digits, once it has been opened: see
   * `model-digest.ts`. Undefined where the runtime has no SHA-256.
   *
   * @throws Error if a file of its weights was changed meanwhile
   */
  digest(): Promise<string | undefined>;
}

/** Returns the model's file name, for messages. */
export function modelName(source: ModelSource): string {
  if (source instanceof Uint8Array) return `a model of ${source.byteLength} bytes`;
  return source instanceof URL ? decodeURIComponent(source.pathname) : source;
}

/**
 * Reads a model, and checks that its weights are in its own folder.
 *
 * @throws Error that names the model, when it or a file of its weights cannot be read
 */
export async function readModel(source: ModelSource): Promise<ModelFile> {
  try {
    if (source instanceof Uint8Array) {
      const model = described(source);
      const hashing = new ModelHash(Promise.resolve(hash(source)));
      return {
        ...model,
        path: undefined,
        readExternalFiles: () => nothingBeside(namesOf(model)),
        digest: () => hashing.digest(namesOf(model)),
      };
    }
    const url = typeof source === "string" && URL.canParse(source) ? new URL(source) : source;
    if (url instanceof URL && isInStore(url)) return await fromStore(url);
    const isRemote = url instanceof URL && url.protocol !== "file:";
    return await (isRemote ? fromServer(url) : fromFolder(url));
  } catch (error) {
    throw new Error(`Cannot read the model ${modelName(source)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function described(bytes: Uint8Array): Pick<ModelFile, "bytes" | "facts"> {
  return { bytes, facts: readFacts(bytes) };
}

/** Refuses external files of a model that came without its folder. */
async function nothingBeside([name]: readonly string[]): Promise<ExternalFile[]> {
  if (name === undefined) return [];
  throw new Error(
    `its weights are in "${name}", which cannot be found by the model's bytes alone: ` +
      'open it by its path or URL, or give "externalData" in sessionOptions',
  );
}

async function fromServer(url: URL): Promise<ModelFile> {
  const model = described(await download(url));
  const names = namesOf(model);
  const hashing = new ModelHash(Promise.resolve(hash(model.bytes)));
  const readExternalFiles = (): Promise<ExternalFile[]> =>
    Promise.all(
      names.map(async (path) => {
        const at = new URL(path.split("/").map(encodeURIComponent).join("/"), url);
        return { path, data: hashing.add(path, await download(at)) };
      }),
    );
  const digest = (): Promise<string | undefined> => hashing.digest(names);
  return { ...model, path: undefined, readExternalFiles, digest };
}

async function download(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${url.pathname}`);
  return await response.bytes();
}

function isInStore({ protocol }: URL): boolean {
  return protocol === "hf:" || protocol === "models:";
}

async function fromStore({ href }: URL): Promise<ModelFile> {
  if (files === undefined) throw noFiles();
  return await fromFolder(await files.locate(href));
}

function noFiles(): Error {
  return new Error("this runtime has no files: give a model by its http(s) URL, or as its bytes");
}

async function fromFolder(source: URL | string): Promise<ModelFile> {
  if (files === undefined) throw noFiles();
  const disk = files;
  const path = source instanceof URL ? disk.pathOf(source) : source;
  const stamp = await disk.stampOf(path).catch(() => undefined); // read() says what is wrong
  const model = described(await disk.read(path));
  const names = namesOf(model);
  const weights = await Promise.all(names.map((name) => weightsFile(disk, path, name)));
  const hashing = new ModelHash(
    hashOfRead(disk, path, model.bytes, stamp),
    weights.map((each) => hashOfWeights(disk, each)),
  );
  const readExternalFiles = (): Promise<ExternalFile[]> =>
    Promise.all(
      weights.map(async ({ name, at, size }) => {
        if (size > MAX_IN_MEMORY) throw tooLarge(name, size);
        return { path: name, data: await disk.read(at) };
      }),
    );
  return { ...model, path, readExternalFiles, digest: () => hashing.digest(names) };
}

/** A WASM module has 4 GB of memory at most, and Node reads no file of 2 GiB into memory. */
const MAX_IN_MEMORY = 2 ** 31 - 1;

function tooLarge(name: string, size: number): Error {
  return new Error(
    `its weights in "${name}" have ${(size / 1e9).toFixed(1)} GB, more than this backend can ` +
      'hold: install onnxruntime-node and use the backend "native"',
  );
}

/** Returns the names of the files of weights, none of which may lead out of the model's folder. */
function namesOf({ facts }: Pick<ModelFile, "facts">): string[] {
  const names = [...(facts?.externalFiles ?? [])];
  for (const name of names) {
    const isOutside = /^[/\\]|^[A-Za-z]:|\0/.test(name) || name.split(/[/\\]/).includes("..");
    if (isOutside || name === "") throw outside(name);
  }
  return names;
}

function outside(name: string): Error {
  return new Error(
    `its weights are in "${name}", which is not in the model's folder: ` +
      "they are read from there only",
  );
}

/**
 * Returns the path of a file of weights. It must be in the folder of the model even after symbolic
 * links are resolved: in a cache where both are links, that is the folder of their targets.
 */
async function weightsFile(
  disk: Files,
  model: string,
  name: string,
): Promise<{ readonly name: string; readonly at: string; readonly size: number }> {
  const at = disk.join(disk.folderOf(model), name);
  const real = await disk.realPath(at).catch(() => undefined);
  const size = real === undefined ? undefined : await disk.sizeOf(real);
  if (real === undefined || size === undefined) {
    throw new Error(`its weights are in "${name}", and there is no file ${at}`);
  }
  const folder = await disk.realPath(disk.folderOf(model));
  const target = disk.folderOf(await disk.realPath(model));
  if (![folder, target].some((each) => disk.isInside(real, each))) throw outside(name);
  return { name, at: real, size };
}
