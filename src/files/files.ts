/**
 * Files: the interface to the file system from which models and compiled code are read.
 *
 * `#files` in package.json chooses by the runtime's conditions: `server.ts` on Bun, Deno and Node,
 * `bundled.ts` in workerd, `none.ts` in a browser.
 * @module
 */

/** Reads files and names them. */
export interface Files {
  /** Reads a whole file. */
  read(path: string | URL): Promise<Uint8Array<ArrayBuffer>>;
  /** Returns the path of a `file:` URL. */
  pathOf(url: URL): string;
  /** Returns the folder of a path. */
  folderOf(path: string): string;
  /** Returns the path of a file in a folder. */
  join(folder: string, name: string): string;
  /** Resolves symbolic links. */
  realPath(path: string): Promise<string>;
  /** Returns the size of a file in bytes; `undefined` for anything that is not a file. */
  sizeOf(path: string): Promise<number | undefined>;
  /**
   * Returns a text that changes whenever the content of a file does; `undefined` for a file that
   * has been written so recently that it may not, and for one that is not on a disk.
   */
  stampOf(path: string): Promise<string | undefined>;
  /** Returns the SHA-256 of a file as hex digits. It is read in pieces, between other work. */
  sha256Of(path: string): Promise<string>;
  /** Returns true for a path inside a folder; both without symbolic links. */
  isInside(path: string, folder: string): boolean;
  /**
   * Returns the path of a model in the store of this machine: of `models:name:version`, or of
   * `hf:owner/repo`, which is fetched if it is not there.
   */
  locate(source: string): Promise<string>;
}
