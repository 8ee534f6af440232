/**
 * The files that a program has given by their content, for workerd, which has no file system.
 * @module
 */

const contents = new Map<string, Uint8Array<ArrayBuffer>>();

/**
 * Gives the content of a file, such as a model, to a bundle for Cloudflare Workers, which has no
 * file system. `openSession()` finds it by its URL there; or, if only one such file has its name,
 * by the name alone, since all modules of a bundle may have the same `import.meta.url`.
 *
 * @param location the `file:` URL of the file, or its path or name
 *
 * @example
 * import model from "./mnist-cnn.onnx"; // as data: an ArrayBuffer
 * provideFile("mnist-cnn.onnx", model);
 */
export function provideFile(
  location: URL | string,
  content: ArrayBuffer | Uint8Array<ArrayBuffer>,
): void {
  const isBytes = content instanceof ArrayBuffer || content instanceof Uint8Array;
  if (!isBytes) {
    const given = content === null ? "null" : typeof content;
    throw new TypeError(
      `The content of ${location} must be an ArrayBuffer or a Uint8Array, but was ${given}: ` +
        "have the bundler import it as data",
    );
  }
  const bytes = content instanceof Uint8Array ? content : new Uint8Array(content);
  contents.set(pathOf(location), bytes);
}

/** Returns the content of a file by its path; `undefined` if it has not been given. */
export function providedFile(path: string): Uint8Array<ArrayBuffer> | undefined {
  const exact = contents.get(pathOf(path));
  if (exact !== undefined) return exact;
  const name = lastOf(path);
  const [only, ...others] = [...contents].filter(([each]) => lastOf(each) === name);
  return others.length === 0 ? only?.[1] : undefined;
}

/** Returns the path of a location: `/a/b.onnx` of `a/b.onnx`, `./a/b.onnx`, `file:///a/b.onnx`. */
function pathOf(location: URL | string): string {
  const isUrl = location instanceof URL || location.startsWith("file:");
  const path = isUrl ? decodeURIComponent(new URL(location).pathname) : location;
  return `/${path.replace(/^(?:\.?\/)+/, "")}`;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
