/**
 * RequestListener: listens to requests over every protocol, from their heads to the ends of their
 * answers: the access log is one, tracing another.
 * @module
 */

import type { CallRecord, RunRecord } from "../runner/call-options.ts";

/** A request as the server of its protocol has received it. */
export interface ArrivedRequest {
  readonly method: string;
  /** The whole URL, or its path and its query. */
  readonly url: string;
  header(name: string): string | null | undefined;
  /** The address of its caller, where the server knows it. */
  readonly peer?: string | undefined;
}

/** A request that an Invocation has taken. */
export interface InvokedRequest {
  readonly facts: {
    /** The protocol: `rest`, `oip`, `connect`, `grpc-web` or `grpc`. */
    readonly protocol: string;
    /** The API's name, or the path of a mounted method. */
    readonly endpoint: string;
    readonly requestId: string;
  };
  readonly context: {
    readonly calls: readonly CallRecord[];
    /** The name of the API key that its caller has. */
    readonly keyName?: string | undefined;
    readonly peer?: string | undefined;
  };
}

/** The body of an answer. */
export interface SentBody {
  readonly type: string | undefined;
  /** Its length in bytes; undefined for a stream. */
  readonly length: number | undefined;
}

/** The end of a request. */
export interface RequestEnd {
  /** The HTTP status, over gRPC too; 499 if the caller disconnected first. */
  readonly status: number;
  /** The time since its head arrived, in milliseconds. */
  readonly ms: number;
  /** The id of the trace that it belongs to. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  /** Its id, where no Invocation has taken it. */
  readonly requestId: string | undefined;
  /** The body of its answer, if it was over HTTP. */
  readonly sent: SentBody | undefined;
}

/** Listens to one request. No function may throw. */
export interface RequestWatch {
  /** The id of the trace that it has begun for the request. */
  readonly traceId?: string | undefined;
  /** The same, if the trace is sampled: exemplars lead to traces that there are. */
  readonly sampledTraceId?: string | undefined;
  /** The id of its span. */
  readonly spanId?: string | undefined;
  /** The header `traceparent` for requests that its handler makes. */
  readonly traceparent?: string | undefined;
  /** Runs the handler. */
  within?<T>(work: () => T): T;
  /** Called with each run of its calls of runners. */
  readonly ran?: (run: RunRecord) => void;
  /** Called when its handler has ended, before the end of the answer. */
  handled?(request: InvokedRequest): void;
  /** Called once, when its answer has ended. */
  end(end: RequestEnd): void;
}

/** Listens to the requests of a server. */
export interface RequestListener {
  /**
   * Called when a request arrives.
   *
   * @param endpoint its path, or the name of its API or method: one of a bounded number
   * @param request undefined if it was refused before it could be read
   * @returns undefined for a request that it does not listen to
   */
  begin(endpoint: string, request: ArrivedRequest | undefined): RequestWatch | undefined;
}

/**
 * Returns a `Request` as a request that has arrived.
 *
 * @param peer returns the address of its caller, if the server knows it
 */
export function arrived(
  { method, url, headers }: Request,
  peer: () => string | undefined = () => undefined,
): ArrivedRequest {
  return {
    method,
    url,
    header: (name) => headers.get(name),
    get peer() {
      return peer();
    },
  };
}

/**
 * Returns the body of a response, as its headers describe it. They are read on demand: a server
 * that makes them from a response sends it in another way.
 */
export function sentBody(response: Response): SentBody {
  return {
    get type() {
      return response.headers.get("content-type") ?? undefined;
    },
    get length() {
      const length = response.headers.get("content-length");
      return length === null ? undefined : Number(length);
    },
  };
}
