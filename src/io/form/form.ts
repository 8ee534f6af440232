/**
 * Forms: `multipart/form-data` bodies to parts and back (RFC 7578, and the escapes of
 * https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data).
 * @module
 */

import { joinBytes } from "../../bytes.ts";
import { invalidArgument, messageOf, ServiceError } from "../../error.ts";
import { essence, type Io, type IoHost, type Payload } from "../io.ts";
import { excerpt, listNames, quote } from "../wording.ts";
import { parseParameters } from "./header-parameters.ts";
import { type RawPart, splitParts } from "./parts.ts";
import { decodeTransfer } from "./transfer-encoding.ts";

const FORM = "multipart/form-data";
/** BentoML's bound. */
const MAX_PARTS = 1000;
const MAX_HEADER_BYTES = 8192;
/** RFC 2046, section 5.1.1. */
const MAX_BOUNDARY_LENGTH = 70;

/** One part of a form. */
export interface Part extends Payload {
  /** The name of the field. */
  readonly name: string;
}

/**
 * Parses the parts of a form, in the order they were sent. Their bytes are views of the payload,
 * unless a part is in Base64 or quoted-printable. Paths are removed from file names.
 *
 * @throws ServiceError `unsupported_media_type` for a body that is not a form; `invalid_argument`
 *   for a form without a boundary, a part or an end, for more than 1,000 parts, and for a part with
 *   more than 8 KiB of headers or a media type that a header cannot have
 */
export function parseForm(payload: Payload): Part[] {
  const boundary = boundaryOf(payload.type);
  if (payload.bytes.length === 0) throw badForm("the body is empty");
  // The body is bounded already, so its parts need no bound of their own.
  const limits = { maxParts: MAX_PARTS, maxHeaderBytes: MAX_HEADER_BYTES };
  let parts: readonly RawPart[];
  try {
    parts = splitParts(payload.bytes, boundary, limits);
  } catch (error) {
    throw badForm(messageOf(error), error);
  }
  return parts.map((part, index) => readPart(part, index + 1));
}

/**
 * Decodes the body of an HTTP request. If it is a form and the descriptor takes files, the first
 * part that the descriptor takes is decoded, whatever the name of its field.
 *
 * @throws ServiceError `invalid_argument` for a form without a file; the descriptor's error about
 *   the first file if it takes none of them
 */
export async function decodeBody<In>(
  io: Io<In, never>,
  payload: Payload,
  host?: IoHost,
): Promise<In> {
  if (!takesForm(io, payload)) return io.decode(payload, host);
  const parts = parseForm(payload);
  const taken = parts.find((part) => io.takesPart?.(part));
  if (taken !== undefined) return io.decode(taken, host);
  const files = parts.filter(isFile);
  const [first] = files;
  if (first === undefined) {
    const names = listNames(parts.map(({ name }) => name));
    throw invalidArgument(
      `No file found in the multipart form: it must have one, but its fields are ${names}`,
    );
  }
  const { code, message } = await refusalOf(io, first);
  const found = listNames([...new Set(files.map(({ type }) => type ?? "(none given)"))]);
  throw new ServiceError(
    code,
    `${message}; the types of the files in the multipart form are ${found}`,
  );
}

/** Returns true for a body that is a form of which the descriptor takes a part. */
export function takesForm({ takesPart }: Pick<Io, "takesPart">, { type }: Payload): boolean {
  return takesPart !== undefined && essence(type) === FORM;
}

/** Returns true for a file: most text fields have neither a file name nor a type. */
export function isFile({ filename, type }: Payload): boolean {
  return (filename ?? type) !== undefined;
}

/**
 * Encodes a form. A part of bytes that has no file name is named as its field.
 *
 * @throws TypeError for a media type that a header cannot have: one with a line break would be read
 *   as another header
 */
export function encodeForm(parts: readonly Part[]): Payload {
  const random = crypto.getRandomValues(new Uint8Array(16));
  const boundary = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const encoder = new TextEncoder();
  const chunks = parts.flatMap(({ name, filename, type, bytes }) => {
    if (!isHeaderSafe(type)) {
      throw new TypeError(`Cannot encode field ${quote(name)}: its media type has ${UNSAFE}`);
    }
    // Without one, `formData()` of browsers reads bytes as text, and loses some.
    const named = filename ?? (isText(type) ? undefined : name);
    const file = named === undefined ? "" : `; filename="${escapeName(named)}"`;
    const typed = type === undefined ? "" : `\r\nContent-Type: ${type}`;
    const disposition = `form-data; name="${escapeName(name)}"${file}`;
    const head = `--${boundary}\r\nContent-Disposition: ${disposition}${typed}\r\n\r\n`;
    return [encoder.encode(head), bytes, encoder.encode("\r\n")];
  });
  chunks.push(encoder.encode(`--${boundary}--\r\n`));
  return { bytes: joinBytes(chunks), type: `${FORM}; boundary=${boundary}` };
}

function isText(type: string | undefined): boolean {
  return type === undefined || /^(text\/|application\/([^;]*\+)?json\b)/i.test(type);
}

/** The characters that `isHeaderSafe()` refuses; follows "its media type has" in messages. */
export const UNSAFE = "characters other than visible ASCII, spaces and tabs";

/**
 * Returns true for a media type that a header can have (RFC 9110, section 5.5, without the obsolete
 * bytes beyond ASCII). For others, runtimes throw as late as when the answer is sent.
 */
export function isHeaderSafe(type: string | undefined): boolean {
  return type === undefined || /^[\t -~]*$/.test(type);
}

function boundaryOf(type: string | undefined): string {
  if (essence(type) !== FORM) {
    throw new ServiceError(
      "unsupported_media_type",
      `Cannot read a form of type ${excerpt(type ?? "(none given)")}: it must be ${FORM}`,
    );
  }
  const boundary = parseParameters(type ?? "").parameters.get("boundary") ?? "";
  if (boundary === "") {
    // A header that is set by hand replaces the one of the client's library.
    throw badForm("its content type has no boundary, which the sender's HTTP library should set");
  }
  if (boundary.length > MAX_BOUNDARY_LENGTH) {
    throw badForm(
      `its boundary may have at most ${MAX_BOUNDARY_LENGTH} characters, but has ${boundary.length}`,
    );
  }
  return boundary;
}

function readPart({ headers, content }: RawPart, number: number): Part {
  const { parameters } = parseParameters(headers.get("content-disposition") ?? "");
  const name = parameters.get("name");
  if (name === undefined) {
    throw badForm(`part ${number} has no name in its Content-Disposition header`);
  }
  const filename = parameters.get("filename");
  const type = headers.get("content-type");
  if (!isHeaderSafe(type)) {
    throw badForm(`the media type of part ${number}, ${quote(name)}, has ${UNSAFE}`);
  }
  return {
    name: unescapeName(name),
    filename: filename === undefined ? undefined : baseName(unescapeName(filename)),
    type,
    bytes: decoded(headers, content, `part ${number}, ${quote(name)},`),
  };
}

function decoded(headers: RawPart["headers"], content: Uint8Array, part: string): Uint8Array {
  try {
    return decodeTransfer(content, headers.get("content-transfer-encoding"));
  } catch (error) {
    throw badForm(`${part} ${messageOf(error)}`, error);
  }
}

/** Removes the path that some senders put before a file name (RFC 7578, section 4.2). */
function baseName(filename: string): string {
  return filename.slice(Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")) + 1);
}

function badForm(reason: string, cause?: unknown): ServiceError {
  return invalidArgument(`Cannot read the multipart form: ${reason}`, cause);
}

/** Returns the descriptor's error about a file that it does not take. */
async function refusalOf(io: Io<unknown, never>, payload: Payload): Promise<ServiceError> {
  try {
    await io.decode(payload);
  } catch (error) {
    if (error instanceof ServiceError) return error;
  }
  const type = excerpt(payload.type ?? "(none given)");
  const message = `${io.kind} does not take files of type ${type}`;
  return new ServiceError("unsupported_media_type", message);
}

function escapeName(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function unescapeName(name: string): string {
  return name.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
}
