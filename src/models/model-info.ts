/**
 * ModelInfo: what the store knows about a model, kept in its `model.yaml`. The words are those of
 * BentoML where it has one.
 * @module
 */

import { createHash } from "node:crypto";
import { parseDocument, stringify } from "yaml";
import { invalidArgument, messageOf } from "../error.ts";
import { isRecord, recordOf, textsOf } from "./plain-values.ts";
import { checkRelativePath, INFO_FILE, MAX_FILES } from "./relative-path.ts";
import { checkPart, checkVersion } from "./tag.ts";

/** A file of a model. */
export interface StoredFile {
  /** Its path in the folder of the model, with "/" between its parts. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** An input or an output, as the file declares it. */
export interface SignatureTensor {
  readonly name: string;
  readonly dtype: string;
  /** A number, or a name for an axis of any length, or -1; `undefined` for tensors of any rank. */
  readonly shape?: readonly (number | string)[];
}

/** A way to call a model. */
export interface ModelSignature {
  /** True if the first axis of all inputs is open. Whether calls are joined, a trial shows. */
  readonly batchable: boolean;
  readonly inputs?: readonly SignatureTensor[];
  readonly outputs?: readonly SignatureTensor[];
}

/** What the store knows about a model. */
export interface ModelInfo {
  readonly name: string;
  readonly version: string;
  /** The code that opens it: `ekiben/onnx`, or BentoML's module of a model that came from there. */
  readonly module: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Any values that the user wants to keep with it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** By the name of a method: `run`; by paths, if there are several models. */
  readonly signatures: Readonly<Record<string, ModelSignature>>;
  /** As ISO 8601. */
  readonly creationTime: string;
  /** Where it came from: the name of a file, a URL, or `hf:owner/repo@commit`. */
  readonly source?: string;
  /** The identifier of its licence, such as `apache-2.0`. */
  readonly license?: string;
  /** `sha256:` and the hash of the paths and hashes of all its files. */
  readonly digest: string;
  readonly files: readonly StoredFile[];
}

/** The longest `model.yaml`, in bytes. */
export const MAX_INFO_BYTES = 524_288;

/** Returns the digest of files: one line each of hash and path, as `sha256sum` writes them. */
export function digestOf(files: readonly StoredFile[]): string {
  const hash = createHash("sha256");
  for (const { path, sha256 } of inOrder(files)) hash.update(`${sha256}  ${path}\n`);
  return `sha256:${hash.digest("hex")}`;
}

/** Returns files in the order of their paths, the same on all machines. */
export function inOrder(files: readonly StoredFile[]): StoredFile[] {
  return [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Returns the plain values of `model.yaml`, which are those of JSON on the command line, too. */
export function infoValues(info: ModelInfo): Record<string, unknown> {
  return {
    name: info.name,
    version: info.version,
    module: info.module,
    labels: info.labels,
    metadata: info.metadata,
    signatures: Object.fromEntries(
      Object.entries(info.signatures).map(([name, { batchable, inputs, outputs }]) => [
        name,
        {
          batchable,
          ...(inputs === undefined ? {} : { input_spec: inputs }),
          ...(outputs === undefined ? {} : { output_spec: outputs }),
        },
      ]),
    ),
    api_version: "v1",
    creation_time: info.creationTime,
    ...(info.source === undefined ? {} : { source: info.source }),
    ...(info.license === undefined ? {} : { license: info.license }),
    digest: info.digest,
    files: info.files,
  };
}

/** Returns the text of `model.yaml`. */
export function infoText(info: ModelInfo): string {
  return stringify(infoValues(info), { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The values of a `model.yaml`: one of BentoML lists no files. */
export type ParsedInfo = Omit<ModelInfo, "files" | "digest"> & {
  readonly files: readonly StoredFile[] | undefined;
};

/**
 * Parses the text of a `model.yaml`, which may come from an archive.
 *
 * @param place where it is, for messages
 * @throws ServiceError `invalid_argument` with what is wrong
 */
export function parseInfo(text: string, place: string): ParsedInfo {
  const wrong = (what: string): Error => invalidArgument(`Cannot read ${place}: ${what}`);
  if (text.length > MAX_INFO_BYTES) throw wrong(`it is larger than ${MAX_INFO_BYTES} bytes`);
  const values = recordOf(yamlValue(text, wrong));
  if (values === undefined) throw wrong("it must be a mapping");
  const { name, version, creation_time: time } = values;
  if (typeof name !== "string" || typeof version !== "string") {
    throw wrong('it must have a "name" and a "version", both texts');
  }
  const created = time instanceof Date ? time : new Date(String(time));
  if (Number.isNaN(created.getTime())) throw wrong('"creation_time" must be a time');
  const { module, source, license } = values;
  return {
    name: checkPart("name of a model", name),
    version: checkVersion(version),
    module: typeof module === "string" ? module : "",
    labels: textsOf(values["labels"]),
    metadata: recordOf(values["metadata"]) ?? {},
    signatures: signaturesOf(values["signatures"]),
    creationTime: created.toISOString(),
    ...(typeof source === "string" ? { source } : {}),
    ...(typeof license === "string" ? { license } : {}),
    files: values["files"] === undefined ? undefined : filesOf(values["files"], wrong),
  };
}

function yamlValue(text: string, wrong: (what: string) => Error): unknown {
  try {
    const document = parseDocument(text, { schema: "core", uniqueKeys: true });
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw wrong(messageOf(error).split("\n")[0] ?? "it is not YAML");
  }
}

function filesOf(value: unknown, wrong: (what: string) => Error): readonly StoredFile[] {
  if (!Array.isArray(value) || value.length > MAX_FILES) {
    throw wrong(`"files" must be a list of at most ${MAX_FILES} files`);
  }
  const files = value.map((each: unknown): StoredFile => {
    const { path, size, sha256 } = recordOf(each) ?? {};
    const isFile =
      typeof path === "string" &&
      typeof size === "number" &&
      Number.isSafeInteger(size) &&
      size >= 0 &&
      typeof sha256 === "string" &&
      /^[0-9a-f]{64}$/.test(sha256);
    if (!isFile) throw wrong('each of "files" must have a "path", a "size" and a "sha256"');
    if (path === INFO_FILE) throw wrong(`"files" must not list ${INFO_FILE} itself`);
    return { path: checkRelativePath("file of a model", path), size, sha256 };
  });
  if (new Set(files.map(({ path }) => path)).size !== files.length) {
    throw wrong('"files" lists a path twice');
  }
  return files;
}

function signaturesOf(value: unknown): Record<string, ModelSignature> {
  const found = Object.entries(recordOf(value) ?? {}).map(([name, each]) => {
    const { batchable, input_spec: inputs, output_spec: outputs } = recordOf(each) ?? {};
    const signature: ModelSignature = {
      batchable: batchable === true,
      ...(isSpecs(inputs) ? { inputs } : {}),
      ...(isSpecs(outputs) ? { outputs } : {}),
    };
    return [name, signature] as const;
  });
  return Object.fromEntries(found);
}

/** BentoML's own specs are of other forms, and are left out. */
function isSpecs(value: unknown): value is readonly SignatureTensor[] {
  return (
    Array.isArray(value) &&
    value.every(
      (each: unknown) =>
        isRecord(each) && typeof each["name"] === "string" && typeof each["dtype"] === "string",
    )
  );
}
