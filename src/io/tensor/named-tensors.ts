/**
 * namedTensors(): a JSON object of tensors by name, as nested arrays.
 * @module
 */
import { invalidArgument, messageOf, ServiceError } from "../../error.ts";
import { type DType, formatShape, isTensor, sizeOf, type Tensor } from "../../tensor.ts";
import { ByteWriter } from "../byte-writer.ts";
import type { Io, IoHost, Payload } from "../io.ts";
import { hasByteOrderMark, isSpace, unexpected } from "../json/error.ts";
import { parsePlain } from "../json/plain.ts";
import { StringScanner } from "../json/string.ts";
import type { NamedTensorSpec, NamedTensorsSpec } from "../spec.ts";
import { describe, listNames, quote } from "../wording.ts";
import { inTurns as readInTurns, requireEnd } from "./json.ts";
import { toJsonValue } from "./json-value.ts";
import { fromNested } from "./nested.ts";
import { TensorReader } from "./reader.ts";
import {
  defaultNonFinite,
  type NonFinite,
  requireNonFinite,
  TensorWriter,
  inTurns as writeInTurns,
} from "./writer.ts";

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** The dtypes of the tensors that a body may have; `undefined` for any dtype. */
export type NamedDTypes = Readonly<Record<string, DType | undefined>>;

/** The options of `namedTensors()`. */
export interface NamedTensorsOptions {
  /** The tensors of a body, or a function that returns them for each body. Default: any. */
  readonly dtypes?: NamedDTypes | (() => NamedDTypes | Promise<NamedDTypes>) | undefined;
  /** Returns the tensors that are known by now, for documents. Default: those of `dtypes`. */
  readonly tensors?: (() => readonly NamedTensorSpec[] | undefined) | undefined;
  /** How NaN and Infinity are written. Default: as by `ndarray()`. */
  readonly nonFinite?: NonFinite | undefined;
}

/** The descriptor that `namedTensors()` makes. */
export interface NamedTensorsIo extends Io<NamedTensors> {
  readonly kind: "namedTensors";
}

const JSON_TYPE = "application/json";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Describes tensors by name, as nested JSON arrays in one object. Each is read and written as by
 * `ndarray()`; to BentoML's clients and over gRPC it is `JSON`. A name that is not in `dtypes` is
 * `invalid_argument` (400); a missing one is left to the handler.
 *
 * @throws TypeError at definition for an invalid option
 *
 * @example
 * namedTensors({ dtypes: { ids: "int64", mask: "bool" } }); // {"ids": [[1, 2]], "mask": [true]}
 */
export function namedTensors(options: NamedTensorsOptions = {}): NamedTensorsIo {
  requireNonFinite(options.nonFinite);
  const { dtypes, nonFinite } = options;
  const dtypesNow = async () => (typeof dtypes === "function" ? await dtypes() : dtypes);
  const spec: NamedTensorsSpec = {
    kind: "namedTensors",
    dtypes: typeof dtypes === "object" ? dtypes : "any",
    nonFinite,
    tensors: options.tensors ?? (() => specsOf(dtypes)),
    convert: async (value) => fromValue(value, await dtypesNow()),
    toJson(value) {
      const named = Object.entries(requireNamed(value)).map(
        ([name, tensor]) => [name, toJsonValue(tensor, nonFinite ?? "null")] as const,
      );
      return Object.fromEntries(named);
    },
  };
  return {
    kind: "namedTensors",
    mediaType: JSON_TYPE,
    spec,
    decode: async ({ bytes }: Payload, host?: IoHost): Promise<NamedTensors> =>
      await fromBytes(bytes, await dtypesNow(), host),
    async encode(value: NamedTensors, host?: IoHost): Promise<Payload> {
      const bytes = await toBytes(value, nonFinite ?? defaultNonFinite(host), host);
      return { bytes, type: JSON_TYPE };
    },
  };
}

/** Returns the specs of the tensors in an object of dtypes. */
function specsOf(dtypes: NamedTensorsOptions["dtypes"]): readonly NamedTensorSpec[] | undefined {
  if (typeof dtypes !== "object") return undefined;
  return Object.entries(dtypes).map(([name, dtype]) => ({ name, dtype, shape: undefined }));
}

async function fromBytes(
  bytes: Uint8Array,
  dtypes: NamedDTypes | undefined,
  host: IoHost | undefined,
): Promise<NamedTensors> {
  const plain = plainTensors(bytes, dtypes);
  if (plain !== undefined) return plain;
  const strings = new StringScanner(bytes);
  const named = new Map<string, Tensor>();
  let at = skipSpace(bytes, hasByteOrderMark(bytes) ? 3 : 0);
  if (bytes[at] !== OPEN_BRACE) throw noObject(bytes, at, dtypes);
  at = skipSpace(bytes, at + 1);
  const isEmpty = bytes[at] === CLOSE_BRACE;
  for (let byte: number | undefined = isEmpty ? CLOSE_BRACE : COMMA; byte !== CLOSE_BRACE; ) {
    if (bytes[at] !== QUOTE) throw unexpected(bytes, at);
    const name = strings.read(at);
    const dtype = dtypeOf(name, dtypes);
    at = skipSpace(bytes, strings.end);
    if (bytes[at] !== COLON) throw unexpected(bytes, at);
    const reader = new TensorReader(bytes, skipSpace(bytes, at + 1), dtype);
    try {
      await readInTurns(reader, host);
    } catch (error) {
      throw inTensor(name, error);
    }
    named.set(name, reader.finish());
    at = skipSpace(bytes, reader.end);
    byte = bytes[at];
    if (byte !== COMMA && byte !== CLOSE_BRACE) throw unexpected(bytes, at);
    if (byte === COMMA) at = skipSpace(bytes, at + 1);
  }
  requireEnd(bytes, at + 1);
  return Object.fromEntries(named);
}

/** Returns the tensors of a small text, or `undefined` if the reader must read it. */
function plainTensors(
  bytes: Uint8Array,
  dtypes: NamedDTypes | undefined,
): NamedTensors | undefined {
  const value = parsePlain(bytes);
  if (value === undefined) return undefined;
  try {
    return fromValue(value, dtypes);
  } catch {
    return undefined; // The reader reports the position.
  }
}

function fromValue(value: unknown, dtypes: NamedDTypes | undefined): NamedTensors {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw noTensors(describe(value), dtypes);
  }
  const named = Object.entries(value).map(([name, nested]) => {
    const dtype = dtypeOf(name, dtypes);
    try {
      return [name, fromNested(nested, dtype)];
    } catch (error) {
      throw inTensor(name, error);
    }
  });
  return Object.fromEntries(named);
}

async function toBytes(
  named: NamedTensors,
  nonFinite: NonFinite,
  host: IoHost | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = Object.entries(requireNamed(named));
  const target = new ByteWriter();
  for (const [at, [name, tensor]] of entries.entries()) {
    target.text(`${at === 0 ? "{" : ","}${JSON.stringify(name)}:`);
    await writeInTurns(new TensorWriter(tensor, nonFinite, target), host);
  }
  target.text(entries.length === 0 ? "{}" : "}");
  return target.finish();
}

/** @throws TypeError for anything but an object of tensors, each with the data of its shape */
function requireNamed(value: unknown): NamedTensors {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      `Cannot encode tensors: they must be an object, but was ${describe(value)}`,
    );
  }
  for (const [name, tensor] of Object.entries(value)) {
    if (!isTensor(tensor)) {
      const what = `"${name}" must be a tensor of { dtype, shape, data }`;
      throw new TypeError(`Cannot encode tensors: ${what}, but was ${describe(tensor)}`);
    }
    const { shape, data } = tensor;
    if (data.length === sizeOf(shape)) continue;
    throw new TypeError(
      `Cannot encode tensors: "${name}" of shape ${formatShape(shape)} needs ` +
        `${sizeOf(shape)} elements, but has ${data.length}`,
    );
  }
  return value as NamedTensors;
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

function dtypeOf(name: string, dtypes: NamedDTypes | undefined): DType | undefined {
  if (dtypes === undefined) return undefined;
  if (Object.hasOwn(dtypes, name)) return dtypes[name];
  const known = listNames(Object.keys(dtypes));
  throw invalidArgument(`Unknown input ${quote(name)}: the inputs are ${known}`);
}

/** Returns the error for a value that is not an object, or for invalid JSON. */
function noObject(bytes: Uint8Array, at: number, dtypes: NamedDTypes | undefined): ServiceError {
  const byte = bytes[at];
  const isJson = byte !== undefined && /[-["\dtfn]/.test(String.fromCharCode(byte));
  return isJson ? noTensors("another JSON value", dtypes) : unexpected(bytes, at);
}

function noTensors(found: string, dtypes: NamedDTypes | undefined): ServiceError {
  const names = dtypes === undefined ? "" : ` (${listNames(Object.keys(dtypes))})`;
  return invalidArgument(
    `The body must be an object of the inputs${names}, each as nested arrays, but was ${found}`,
  );
}

function inTensor(name: string, error: unknown): unknown {
  if (!(error instanceof ServiceError)) return error;
  const text = `Input ${quote(name)}: ${messageOf(error)}`;
  return new ServiceError(error.code, text, { cause: error });
}
