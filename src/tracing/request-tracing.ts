/**
 * RequestTracing: a span for each request, with spans for the waiting and the runs of its calls of
 * runners, and one for each batch, linked to the requests in it.
 * @module
 */

import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { redactUrl } from "../log/redact.ts";
import type { RunRecord } from "../runner/call-options.ts";
import type {
  ArrivedRequest,
  InvokedRequest,
  RequestEnd,
  RequestListener,
  RequestWatch,
} from "../service/request-listener.ts";
import { type Protocol, UNKNOWN } from "../service/request-metrics.ts";
import { rpcStatus } from "./rpc-status.ts";
import { contextOf, traceparentOf, tracer } from "./tracer.ts";

/** Traces the requests of one protocol. */
export class RequestTracing implements RequestListener {
  readonly #protocol: Protocol;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  begin(endpoint: string, request: ArrivedRequest | undefined): RequestWatch | undefined {
    const open = tracer();
    if (open === undefined || request === undefined) return undefined;
    const from = contextOf((name) => request.header(name));
    const about = { endpoint, protocol: this.#protocol };
    const span = open.startSpan(
      nameOf(request, about),
      { kind: SpanKind.SERVER, attributes: attributesOf(request, about) },
      from,
    );
    return new Traced(open, span, trace.setSpan(from, span));
  }
}

interface About {
  readonly endpoint: string;
  readonly protocol: Protocol;
}

/** A name with few values, as the conventions want it. */
function nameOf({ method }: ArrivedRequest, { endpoint, protocol }: About): string {
  if (protocol === "grpc") return endpoint === UNKNOWN ? "unknown method" : endpoint;
  return endpoint === UNKNOWN ? method : `${method} ${endpoint}`;
}

/** The attributes of OpenTelemetry's semantic conventions for HTTP and RPC. */
function attributesOf(request: ArrivedRequest, { endpoint, protocol }: About): Attributes {
  const { method, url, peer } = request;
  const [, scheme = "http"] = /^(\w+):\/\//.exec(url) ?? [];
  const target = redactUrl(url.replace(/^\w+:\/\/[^/?]*/, ""));
  const [path = "/", query] = target.split("?", 2);
  const agent = request.header("user-agent") ?? undefined;
  const isKnown = endpoint !== UNKNOWN;
  const [service, rpcMethod] = endpoint.split("/", 2);
  return {
    "http.request.method": method,
    "url.path": path,
    "url.scheme": scheme,
    ...(query === undefined ? {} : { "url.query": query }),
    ...(agent === undefined ? {} : { "user_agent.original": agent }),
    ...(peer === undefined ? {} : { "client.address": peer }),
    ...(isKnown && protocol === "http" ? { "http.route": endpoint } : {}),
    ...(isKnown && protocol === "grpc" && service !== undefined ? { "rpc.service": service } : {}),
    ...(isKnown && rpcMethod !== undefined && protocol === "grpc"
      ? { "rpc.method": rpcMethod }
      : {}),
  };
}

/** `rpc.system` by our names of protocols. */
const SYSTEMS: Readonly<Record<string, string>> = {
  grpc: "grpc",
  "grpc-web": "grpc",
  connect: "connect_rpc",
};

/** One request. */
class Traced implements RequestWatch {
  readonly traceId: string;
  readonly sampledTraceId: string | undefined;
  readonly spanId: string;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;
  /** Its protocol, if it is a call. */
  #rpcProtocol: string | undefined;

  constructor(open: Tracer, span: Span, own: Context) {
    this.#tracer = open;
    this.#span = span;
    this.#context = own;
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceId = traceId;
    this.sampledTraceId = (traceFlags & TraceFlags.SAMPLED) === 0 ? undefined : traceId;
    this.spanId = spanId;
  }

  get traceparent(): string {
    return traceparentOf(this.#span);
  }

  within<T>(work: () => T): T {
    return context.with(this.#context, work);
  }

  /** Adds the spans of a run, which has just ended. */
  readonly ran = (run: RunRecord): void => {
    if (!this.#span.isRecording()) return;
    const { callRows, waitMs, joinMs, runMs } = run;
    const endedAt = Date.now();
    const startedAt = endedAt - runMs;
    const own = { ...whatRan(run), "ekiben.rows": callRows };
    const queue = {
      startTime: startedAt - waitMs,
      attributes: { ...own, "ekiben.join_ms": joinMs },
    };
    this.#tracer.startSpan("queue", queue, this.#context).end(startedAt);
    const batch = batchOf(this.#tracer, run, startedAt);
    batch.addLink({ context: this.#span.spanContext() });
    const attributes = { ...own, ...batchAttributes(run) };
    const links = [{ context: batch.spanContext() }];
    const span = { startTime: startedAt, attributes, links };
    this.#tracer.startSpan("run", span, this.#context).end(endedAt);
  };

  handled({ facts, context: { calls } }: InvokedRequest): void {
    const { protocol } = facts;
    const system = SYSTEMS[protocol];
    if (system !== undefined) this.#rpcProtocol = protocol;
    this.#span.setAttributes({
      "ekiben.api": facts.endpoint,
      "ekiben.request_id": facts.requestId,
      ...(calls.length === 0 ? {} : { "ekiben.rows": calls.reduce((n, { rows }) => n + rows, 0) }),
      ...(system === undefined ? {} : { "rpc.system": system }),
    });
  }

  end({ status }: RequestEnd): void {
    const span = this.#span;
    span.setAttribute("http.response.status_code", status);
    if (this.#rpcProtocol !== undefined) span.setAttributes(rpcStatus(this.#rpcProtocol, status));
    if (status >= 500) {
      span.setAttribute("error.type", String(status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }
}

/** The method of a runner. */
function whatRan({ runner, method }: RunRecord): Attributes {
  return { "ekiben.runner": runner, "ekiben.method": method };
}

function batchAttributes({ rows, reason }: RunRecord): Attributes {
  return { "ekiben.batch.rows": rows, ...(reason && { "ekiben.batch.reason": reason }) };
}

/** The spans of batches whose calls are being answered. */
const batches = new WeakMap<object, Span>();

/**
 * Returns the span of a batch. It is a root: it belongs to all of its requests. It ends when all of
 * its calls have been answered, which they are one after the other.
 */
function batchOf(open: Tracer, run: RunRecord, startTime: number): Span {
  const { batch } = run;
  const begun = batches.get(batch);
  if (begun !== undefined) return begun;
  const attributes = { ...whatRan(run), ...batchAttributes(run) };
  const span = open.startSpan("batch", { root: true, startTime, attributes });
  batches.set(batch, span);
  queueMicrotask(() => span.end());
  return span;
}
