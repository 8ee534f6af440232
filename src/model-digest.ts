/**
 * The digest of a model: the SHA-256 of its file, or of the digests of all that its answers depend
 * on.
 *
 * - A model in one file: the SHA-256 of the file, as `sha256sum` prints it and as model hubs have
 *   it.
 * - A model with weights in further files: the SHA-256 of a list of lines, `model <hex>`, then
 *   `file <hex> <name>` for each of those files, by the order of their names.
 * - A runner with several models, or with settings that change its answers: the SHA-256 of such a
 *   list of `model <hex>` in the order of their opening, then `settings <JSON>`.
 *
 * Neither names of models nor backends are part of it: the same model has the same digest
 * everywhere. The code of a runnable is not, either.
 * @module
 */

/** Returns the SHA-256 of bytes as hex digits, computed outside of this thread. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // Where it is not shared memory, which no caller has, it is an ArrayBuffer.
  const hash = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A file of weights, and the SHA-256 of its content as hex digits. */
export interface HashedFile {
  readonly name: string;
  readonly sha256: string;
}

/**
 * Returns the digest of a model, as hex digits.
 *
 * @param model the SHA-256 of its file
 * @param files the files of its weights
 */
export async function digestOfFiles(model: string, files: readonly HashedFile[]): Promise<string> {
  if (files.length === 0) return model;
  const sorted = files.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const lines = sorted.map((file) => `file ${file.sha256} ${JSON.stringify(file.name)}`);
  return await sha256Lines([`model ${model}`, ...lines]);
}

/**
 * Returns the digest of everything that the answers of a runner depend on, `sha256:` and hex
 * digits; undefined for a runner without models.
 *
 * @param models the digests of its models, as hex digits; undefined where one cannot be computed
 * @param settings the settings that change its answers, as JSON
 */
export async function digestOfModels(
  models: readonly (string | undefined)[],
  settings: string | undefined,
): Promise<string | undefined> {
  const [only] = models;
  if (only === undefined || models.includes(undefined)) return undefined;
  if (models.length === 1 && settings === undefined) return `sha256:${only}`;
  const lines = models.map((model) => `model ${model}`);
  if (settings !== undefined) lines.push(`settings ${settings}`);
  return `sha256:${await sha256Lines(lines)}`;
}

function sha256Lines(lines: readonly string[]): Promise<string> {
  return sha256(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
}
