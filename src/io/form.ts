/**
 * Forms: `multipart/form-data` bodies to parts and back (RFC 7578, and the escapes of
 * https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data).
 * @module
 */
import {
  getMultipartBoundary,
  MaxHeaderSizeExceededError,
  MaxPartsExceededError,
  type MultipartPart,
  parseMultipart,
} from "@remix-run/multipart-parser";
import { invalidArgument, ServiceError } from "../error.ts";
import { essence, type Io, type IoHost, type Payload } from "./io.ts";
import { cut, listNames, quote } from "./wording.ts";

const FORM = "multipart/form-data";
/** BentoML's bound. */
const MAX_PARTS = 1000;
const MAX_HEADER_BYTES = 8192;
/** RFC 2046, section 5.1.1. What searches for a boundary takes longer for a longer one. */
const MAX_BOUNDARY_LENGTH = 70;

/** One part of a form. */
export interface Part extends Payload {
  /** The name of the field. */
  readonly name: string;
}

/**
 * The parts of a form, in the order they were sent. Their bytes are views on the payload's.
 *
 * @throws ServiceError `unsupported_media_type` for a body that is no form; `invalid_argument` for
 *   a form without boundary or with a part or an end missing, for more than 1,000 parts, and for
 *   more than 8 KiB of headers or a media type that no header may have on one
 */
export function parseForm(payload: Payload): Part[] {
  const boundary = boundaryOf(payload.type);
  const body = withoutLeadingNewlines(payload.bytes);
  if (body.length === 0) throw badForm("the body is empty");
  const parts: Part[] = [];
  // The body is in memory, and bounded, already: its parts need no bound of their own.
  const limits = { maxFileSize: Number.POSITIVE_INFINITY, maxTotalSize: Number.POSITIVE_INFINITY };
  const parser = parseMultipart(body, {
    boundary,
    maxParts: MAX_PARTS,
    maxHeaderSize: MAX_HEADER_BYTES,
    ...limits,
  });
  let at = boundary.length + 4;
  try {
    for (const part of parser) {
      const content = contentOffset(body, at);
      if (content === undefined) throw badForm(`part ${parts.length + 1} has no headers`);
      parts.push(readPart(part, parts.length + 1));
      at = content + part.size + boundary.length + 6;
    }
  } catch (error) {
    throw asBadForm(error, parts.length + 1);
  }
  return parts;
}

/**
 * Decodes a body. This is what a protocol calls for the body of an HTTP request: where it is a
 * form and the descriptor takes files, the body is the first file in the form that the descriptor
 * takes, whatever the name of its field; text fields are skipped.
 *
 * @throws ServiceError `invalid_argument` for a form without a file, `unsupported_media_type` for
 *   one with files of other types only, and what the descriptor throws
 */
export async function decodeBody<In>(
  io: Io<In, never>,
  payload: Payload,
  host?: IoHost,
): Promise<In> {
  if (io.takesPart === undefined || essence(payload.type) !== FORM) return io.decode(payload, host);
  const parts = parseForm(payload);
  const files = parts.filter(({ filename, type }) => (filename ?? type) !== undefined);
  const taken = files.find(({ type }) => io.takesPart?.(type));
  if (taken !== undefined) return io.decode(taken, host);
  const [first] = files;
  if (first === undefined) {
    const names = listNames(parts.map(({ name }) => name));
    throw invalidArgument(
      `No file found in the multipart form: it must have one, but its fields are ${names}`,
    );
  }
  const found = listNames([...new Set(files.map(({ type }) => type ?? "(none given)"))]);
  throw new ServiceError(
    "unsupported_media_type",
    `${await refusalOf(io, first)}; the types of the files in the multipart form are ${found}`,
  );
}

/**
 * A form of parts.
 *
 * @throws TypeError for a media type that no header may have: one with a line break would be read
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
    const file = filename === undefined ? "" : `; filename="${escapeName(filename)}"`;
    const typed = type === undefined ? "" : `\r\nContent-Type: ${type}`;
    const disposition = `form-data; name="${escapeName(name)}"${file}`;
    const head = `--${boundary}\r\nContent-Disposition: ${disposition}${typed}\r\n\r\n`;
    return [encoder.encode(head), bytes, encoder.encode("\r\n")];
  });
  chunks.push(encoder.encode(`--${boundary}--\r\n`));
  return { bytes: join(chunks), type: `${FORM}; boundary=${boundary}` };
}

/** What `isHeaderSafe()` refuses, in words that follow "its media type has". */
export const UNSAFE = "characters other than visible ASCII, spaces and tabs";

/**
 * Whether a media type may stand in a header, where a descriptor's own will end up: as a field
 * value of RFC 9110, section 5.5, without the bytes beyond ASCII that it calls obsolete. Runtimes
 * throw for others, as late as when the answer is sent.
 */
export function isHeaderSafe(type: string | undefined): boolean {
  return type === undefined || /^[\t -~]*$/.test(type);
}

function boundaryOf(type: string | undefined): string {
  if (essence(type) !== FORM) {
    throw new ServiceError(
      "unsupported_media_type",
      `Cannot read a form of type ${cut(type ?? "(none given)")}: it must be ${FORM}`,
    );
  }
  const boundary = getMultipartBoundary(type ?? "")?.trim() ?? "";
  if (boundary === "") throw badForm("its content type has no boundary");
  if (boundary.length > MAX_BOUNDARY_LENGTH) {
    throw badForm(
      `its boundary may have at most ${MAX_BOUNDARY_LENGTH} characters, but has ${boundary.length}`,
    );
  }
  return boundary;
}

/** Some senders put a line break before the first boundary, where RFC 2046 allows a preamble. */
function withoutLeadingNewlines(bytes: Uint8Array): Uint8Array {
  let begin = 0;
  while (bytes[begin] === 13 || bytes[begin] === 10) begin++;
  return bytes.subarray(begin);
}

/**
 * Where the content of a part begins whose headers begin at `at`; `undefined` where there are no
 * headers. The parser does not look at what follows a boundary, and would take the next part's
 * headers for this one's.
 */
function contentOffset(body: Uint8Array, at: number): number | undefined {
  const isNewline = (from: number): boolean => body[from] === 13 && body[from + 1] === 10;
  if (!isNewline(at - 2) || isNewline(at)) return undefined;
  for (let from = body.indexOf(13, at); from !== -1; from = body.indexOf(13, from + 1)) {
    if (isNewline(from) && isNewline(from + 2)) return from + 4;
  }
  return undefined;
}

function readPart(part: MultipartPart, number: number): Part {
  const { name, filename, content } = part;
  const type = part.headers["content-type"];
  if (name === undefined) {
    throw badForm(`part ${number} has no name in its Content-Disposition header`);
  }
  if (!isHeaderSafe(type)) {
    throw badForm(`the media type of part ${number}, ${quote(name)}, has ${UNSAFE}`);
  }
  return {
    name: unescapeName(name),
    filename: filename === undefined ? undefined : unescapeName(filename),
    type,
    // A body that is parsed whole leaves each part in one piece, or in none.
    bytes: content.length > 1 ? part.bytes : (content[0] ?? new Uint8Array()),
  };
}

function asBadForm(error: unknown, number: number): unknown {
  if (error instanceof ServiceError) return error;
  if (error instanceof MaxPartsExceededError) {
    return badForm(`it may have at most ${MAX_PARTS} parts`, error);
  }
  if (error instanceof MaxHeaderSizeExceededError) {
    return badForm(`the headers of part ${number} exceed ${MAX_HEADER_BYTES} bytes`, error);
  }
  if (error instanceof Error && /not finished/.test(error.message)) {
    return badForm("it ends before its closing boundary", error);
  }
  if (error instanceof Error && /initial boundary/.test(error.message)) {
    return badForm("it does not begin with the boundary of its content type", error);
  }
  // What is left is a header that is not UTF-8, which TextDecoder refuses.
  if (error instanceof TypeError) {
    return badForm(`the headers of part ${number} are not UTF-8`, error);
  }
  return error;
}

function badForm(reason: string, cause?: unknown): ServiceError {
  return invalidArgument(`Cannot read the multipart form: ${reason}`, cause);
}

/** A descriptor's own words on a type it does not take: it alone knows those it does. */
async function refusalOf(io: Io<unknown, never>, payload: Payload): Promise<string> {
  try {
    await io.decode(payload);
  } catch (error) {
    if (error instanceof ServiceError && error.code === "unsupported_media_type") {
      return error.message;
    }
  }
  return `${io.id} does not take files of type ${cut(payload.type ?? "(none given)")}`;
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

function escapeName(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function unescapeName(name: string): string {
  return name.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
}
