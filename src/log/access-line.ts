/**
 * accessLine(): the line of a request in the log. It is made without LogTape, whose record and
 * formatters would take as long as a small request.
 * @module
 */

import { isoTime, type LogFormat, oneLine } from "./lines.ts";

/** A request and its answer. A field is undefined where it is not known, or has no meaning. */
export interface AccessRecord {
  readonly method: string | undefined;
  /** The path, with its query. */
  readonly path: string | undefined;
  readonly status: number;
  readonly duration_ms: number;
  readonly protocol: string;
  /** The name of the API, or the path of a mounted method. */
  readonly api: string | undefined;
  /** The rows of its calls of batched methods. */
  readonly rows: number | undefined;
  /** The rows of the batch that they were in, those of others included; of several, the largest. */
  readonly batch: number | undefined;
  readonly request_id: string | undefined;
  readonly trace_id: string | undefined;
  readonly span_id: string | undefined;
  /** The name of the API key. */
  readonly key: string | undefined;
  /** The address of the caller. */
  readonly peer: string | undefined;
  readonly content_type: string | undefined;
  readonly content_length: number | undefined;
  readonly response_type: string | undefined;
  readonly response_length: number | undefined;
}

/** The fields of a text line behind those that every line has, and their names there. */
const TEXT_FIELDS: readonly (readonly [keyof AccessRecord, string])[] = [
  ["protocol", "protocol"],
  ["api", "api"],
  ["rows", "rows"],
  ["batch", "batch"],
  ["content_type", "type"],
  ["content_length", "length"],
  ["response_type", "response-type"],
  ["response_length", "response-length"],
  ["request_id", "id"],
  ["trace_id", "trace"],
  ["span_id", "span"],
  ["key", "key"],
  ["peer", "peer"],
];

/** Returns the line of a request, with its line break. */
export function accessLine(record: AccessRecord, format: LogFormat, timestamp: number): string {
  if (format === "json") return jsonLine(record, timestamp);
  return `${isoTime(timestamp)} [INF] ekiben·access: ${accessText(record)}\n`;
}

/**
 * As `JSON.stringify()` would write it, which takes five times as long. The parts that are usually
 * the same as in the line before are made once.
 */
function jsonLine(record: AccessRecord, timestamp: number): string {
  const { method, path, status, protocol, api, rows, batch, request_id: id } = record;
  const { trace_id: trace, span_id: span, key, peer, content_type: type } = record;
  const { content_length: length, response_type, response_length } = record;
  let line = timePart(timestamp) + requestPart(method, path, status);
  line += record.duration_ms + apiPart(protocol, api);
  if (rows !== undefined) line += field("rows", rows) + field("batch", batch);
  line += field("request_id", id);
  if (trace !== undefined) line += field("trace_id", trace) + field("span_id", span);
  line += callerPart(key, peer, type) + lengthPart(length);
  if (response_type !== undefined) line += field("response_type", response_type);
  if (response_length !== undefined) line += field("response_length", response_length);
  return `${line}}\n`;
}

type Value = string | number | undefined;

/** Returns a function that makes a text of values, and keeps the one that it has made last. */
function kept<A extends Value, B extends Value = undefined, C extends Value = undefined>(
  make: (first: A, second: B, third: C) => string,
): (first: A, second?: B, third?: C) => string {
  let latest: readonly [Value, Value, Value] | undefined;
  let text = "";
  return (first, second, third) => {
    const isSame = latest !== undefined && latest[0] === first && latest[1] === second;
    if (isSame && latest?.[2] === third) return text;
    text = inOnePiece(make(first, second as B, third as C));
    latest = [first, second, third];
    return text;
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Returns the same text: one that was joined in pieces would be walked again in each line. */
function inOnePiece(text: string): string {
  return decoder.decode(encoder.encode(text));
}

const timePart = kept(
  (timestamp: number) =>
    `{"time":"${isoTime(timestamp)}","level":"info","category":"ekiben.access",`,
);

const requestPart = kept((method: string | undefined, path: string | undefined, status: number) => {
  const message = json(`${method ?? "-"} ${path ?? "-"} ${status}`);
  const target = field("method", method) + field("path", path);
  return `"message":${message}${target},"status":${status},"duration_ms":`;
});

const apiPart = kept(
  (protocol: string, api: string | undefined) => field("protocol", protocol) + field("api", api),
);

const callerPart = kept(
  (key: string | undefined, peer: string | undefined, type: string | undefined) =>
    field("key", key) + field("peer", peer) + field("content_type", type),
);

const lengthPart = kept((length: number | undefined) => field("content_length", length));

function field(name: string, value: Value): string {
  if (value === undefined) return "";
  return `,"${name}":${typeof value === "number" ? value : json(value)}`;
}

/** Nearly all texts are plain. */
function json(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Returns the text of a request: `POST /predict 200 9.1 ms protocol=rest rows=1 batch=8 …`. */
export function accessText(record: AccessRecord): string {
  const { method = "-", path = "-", status, duration_ms } = record;
  let text = `${method} ${path} ${status} ${duration_ms} ms`;
  for (const [field, name] of TEXT_FIELDS) {
    const value = record[field];
    if (value !== undefined) text += ` ${name}=${plain(value)}`;
  }
  return oneLine(text);
}

/** A value with spaces is quoted, so that it cannot look like another field. */
function plain(value: string | number): string {
  if (typeof value === "number") return String(value);
  return /^[!-~]*$/.test(value) && !value.includes('"') ? value : JSON.stringify(value);
}
