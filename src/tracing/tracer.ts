/**
 * The tracer, by OpenTelemetry's API: spans go to the tracer provider that the program, or its
 * runtime, has registered.
 * @module
 */

import {
  type Context,
  context,
  createTraceState,
  ProxyTracerProvider,
  propagation,
  type Span,
  type SpanContext,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { VERSION } from "../version.ts";

/** Returns one header of a request. */
type HeaderOf = (name: string) => string | null | undefined;

let known: Tracer | undefined;

/**
 * Returns the tracer; undefined while no provider is registered, which costs one look-up. One that
 * is registered later is found.
 */
export function tracer(): Tracer | undefined {
  if (known !== undefined) return known;
  const provider = trace.getTracerProvider();
  const isOpen =
    !(provider instanceof ProxyTracerProvider) ||
    provider.getDelegateTracer("ekiben") !== undefined;
  if (isOpen) known = trace.getTracer("ekiben", VERSION);
  return known;
}

/** Forgets the tracer, for tests that register one provider after another. */
export function forgetTracer(): void {
  known = undefined;
}

/**
 * Returns the context that a request comes from: the active one if the server is instrumented
 * itself, or else that of its headers, by the propagators that the program has registered; without
 * any, by W3C's.
 */
export function contextOf(header: HeaderOf): Context {
  const active = context.active();
  if (trace.getSpan(active) !== undefined) return active;
  const extracted = propagation.extract(active, header, {
    get: (carrier, key) => carrier(key.toLowerCase()) ?? undefined,
    keys: () => [],
  });
  if (trace.getSpanContext(extracted) !== undefined) return extracted;
  const remote = w3cContext(header);
  return remote === undefined ? extracted : trace.setSpanContext(extracted, remote);
}

/** Reads W3C's headers. */
function w3cContext(header: HeaderOf): SpanContext | undefined {
  const [, traceId, spanId, flags] =
    /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:$|-)/.exec(
      header("traceparent") ?? "",
    ) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const state = header("tracestate") ?? "";
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(state === "" ? {} : { traceState: createTraceState(state) }),
  };
}

/** Returns the header `traceparent` that makes a request a child of a span. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}
