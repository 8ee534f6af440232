/**
 * Files of workerd, which has no file system: modules of the bundle that are data.
 * @module
 */

import { sha256 } from "../model-digest.ts";
import type { Files } from "./files.ts";
import { providedFile } from "./provided.ts";

/** The files of the bundle. A path is that of the URL. */
export const files: Files | undefined = {
  read,
  pathOf,
  folderOf: (path) => path.slice(0, Math.max(1, path.lastIndexOf("/"))),
  join: (folder, name) => `${folder.replace(/\/$/, "")}/${name}`,
  realPath: async (path) => path,
  sizeOf: async (path) => providedFile(path)?.byteLength,
  stampOf: async () => undefined,
  sha256Of: async (path) => await sha256(await read(path)),
  isInside: (path, folder) => path.startsWith(folder.endsWith("/") ? folder : `${folder}/`),
  locate,
};

async function read(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const name = path instanceof URL ? pathOf(path) : path;
  const content = providedFile(name);
  if (content !== undefined) return content;
  throw new Error(
    `the bundle has no file ${name}: bundle the service with the plugin of "ekiben/bundle", or ` +
      'give the file with provideFile() of "ekiben/onnx"',
  );
}

async function locate(source: string): Promise<string> {
  throw new Error(
    `workerd has no store of models, in which ${source} could be: bundle the file of the model, ` +
      "or give its http(s) URL",
  );
}

function pathOf({ pathname }: URL): string {
  return decodeURIComponent(pathname);
}
