/**
 * AccessLog: a line in the log for each request, over every protocol, when its answer has ended.
 * @module
 */

import { type AccessRecord, accessLine } from "../log/access-line.ts";
import { redactUrl } from "../log/redact.ts";
import { accessLog, ownSettings } from "../log.ts";
import type { CallRecord } from "../runner/call-options.ts";
import type {
  ArrivedRequest,
  InvokedRequest,
  RequestEnd,
  RequestListener,
  RequestWatch,
} from "./request-listener.ts";
import type { Protocol } from "./request-metrics.ts";

/** The options of the access log. */
export interface AccessLogOptions {
  /** The share of successful requests with a line, from 0 to 1; failed ones all have one. */
  readonly sample?: number;
  /** The paths without lines. Default: the probes and `/metrics`. */
  readonly skipPaths?: readonly string[];
  /** True if lines have the type of the request's body. Default true. */
  readonly requestContentType?: boolean;
  /** True if lines have the length of the request's body. Default true. */
  readonly requestContentLength?: boolean;
  /** True if lines over HTTP have the type of the answer's body. Default false. */
  readonly responseContentType?: boolean;
  /** True if they have its length, unless it is a stream. Default false: it has to be measured. */
  readonly responseContentLength?: boolean;
}

/** BentoML's paths, and those of the Open Inference Protocol and of gRPC that are like them. */
export const SKIPPED_PATHS: readonly string[] = [
  ...["/metrics", "/healthz", "/livez", "/readyz", "/v2/health/live", "/v2/health/ready"],
  ...["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"],
];

/** The longest path and the longest header of a line, in UTF-16 units. */
const MAX_LENGTH = 512;

/** Logs the requests of one protocol. */
export class AccessLog implements RequestListener {
  readonly #protocol: Protocol;
  readonly #skipped: ReadonlySet<string>;
  readonly #options: AccessLogOptions;
  /** The URL of the latest request with a line, and its path there. */
  #latestUrl: string | undefined;
  #latestShown = "";

  constructor(protocol: Protocol, options: AccessLogOptions = {}) {
    this.#protocol = protocol;
    this.#options = options;
    this.#skipped = new Set(options.skipPaths ?? SKIPPED_PATHS);
  }

  begin(_: string, request: ArrivedRequest | undefined): RequestWatch | undefined {
    const path = request === undefined ? undefined : this.#shownOf(request.url);
    if (request !== undefined && path === undefined) return undefined;
    return new Access(this.#protocol, request, path, this.#options);
  }

  /** Returns the path and the query of a URL as a line has them; undefined for no line. */
  #shownOf(url: string): string | undefined {
    if (url === this.#latestUrl) return this.#latestShown;
    const target = targetOf(url);
    if (this.#skipped.has(pathIn(target))) return undefined;
    this.#latestUrl = url; // many requests are to the same one
    this.#latestShown = shortened(redactUrl(target));
    return this.#latestShown;
  }
}

/** One request. */
class Access implements RequestWatch {
  readonly #protocol: Protocol;
  readonly #request: ArrivedRequest | undefined;
  readonly #path: string | undefined;
  /** Read at the start: some servers forget it with the connection. */
  readonly #peer: string | undefined;
  readonly #options: AccessLogOptions;
  #invoked: InvokedRequest | undefined;

  constructor(
    protocol: Protocol,
    request: ArrivedRequest | undefined,
    path: string | undefined,
    options: AccessLogOptions,
  ) {
    this.#protocol = protocol;
    this.#request = request;
    this.#path = path;
    this.#peer = request?.peer;
    this.#options = options;
  }

  handled(request: InvokedRequest): void {
    this.#invoked = request;
  }

  end(end: RequestEnd): void {
    const { sample = 1 } = this.#options;
    if (sample < 1 && end.status < 400 && Math.random() >= sample) return;
    const own = ownSettings();
    const output = own?.output;
    if (own === undefined || output === undefined) {
      accessLog.info("{method} {path} {status} in {duration_ms} ms", () => ({
        ...this.#record(end),
      }));
    } else {
      output.writeSoon(accessLine(this.#record(end), own.format, Date.now()));
    }
  }

  #record({ status, ms, traceId, spanId, requestId, sent }: RequestEnd): AccessRecord {
    const { facts, context } = this.#invoked ?? {};
    const { rows, batch } = sizesOf(context?.calls ?? []);
    const { requestContentType: hasType, requestContentLength: hasLength } = this.#options;
    const { responseContentType: showsType, responseContentLength: showsLength } = this.#options;
    return {
      method: this.#request?.method,
      path: this.#path,
      status,
      duration_ms: Math.round(ms * 1000) / 1000,
      protocol: facts?.protocol ?? this.#protocol,
      api: facts?.endpoint,
      rows,
      batch,
      request_id: facts?.requestId ?? requestId,
      trace_id: traceId,
      span_id: spanId,
      key: context?.keyName,
      peer: context?.peer ?? this.#peer,
      content_type: hasType === false ? undefined : this.#header("content-type"),
      content_length: hasLength === false ? undefined : lengthOf(this.#header("content-length")),
      response_type: showsType === true ? sent?.type : undefined,
      response_length: showsLength === true ? sent?.length : undefined,
    };
  }

  #header(name: string): string | undefined {
    const value = this.#request?.header(name) ?? undefined;
    return value === undefined ? undefined : shortened(value);
  }
}

/** Returns the rows of calls of batched methods, and those of their largest batch. */
function sizesOf(calls: readonly CallRecord[]): Pick<AccessRecord, "rows" | "batch"> {
  if (calls.length === 0) return { rows: undefined, batch: undefined };
  let [rows, batch] = [0, 0];
  for (const call of calls) {
    rows += call.rows;
    batch = Math.max(batch, call.batchRows);
  }
  return { rows, batch };
}

function shortened(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}…`;
}

function lengthOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}

/** Returns the path of a target: the part before its query. */
function pathIn(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}

/** Returns the path and the query of a URL, whose host may be invalid. */
function targetOf(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3);
  return start === -1 ? "/" : url.slice(start);
}
