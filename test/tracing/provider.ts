/** A tracer provider, a context manager and a propagator for tests: what a program registers. */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  type ContextManager,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  type TextMapPropagator,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { forgetTracer } from "../../src/tracing/tracer.ts";

/** A span. */
export interface Made {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly attributes: Record<string, unknown>;
  readonly links: Link[];
  readonly startTime: unknown;
  isEnded: boolean;
  status: number;
}

/** Keeps all spans. It records those whose parent is sampled, or that have none. */
export class Provider implements Tracer {
  readonly spans: Made[] = [];
  #next = 1;

  getTracer(): Tracer {
    return this;
  }

  startSpan(name: string, options: SpanOptions = {}, from: Context = ROOT_CONTEXT): Span {
    const parent = options.root === true ? undefined : trace.getSpanContext(from);
    const id = (length: number) => (this.#next++).toString(16).padStart(length, "0");
    const made: Made = {
      name,
      traceId: parent?.traceId ?? id(32),
      spanId: id(16),
      parentId: parent?.spanId,
      attributes: { ...options.attributes },
      links: [...(options.links ?? [])],
      startTime: options.startTime,
      isEnded: false,
      status: 0,
    };
    const { traceId, spanId } = made;
    const traceFlags = parent?.traceFlags ?? 1;
    if (traceFlags === 1) this.spans.push(made);
    const span: Span = {
      spanContext: () => ({ traceId, spanId, traceFlags }),
      setAttribute: (key, value) => {
        made.attributes[key] = value;
        return span;
      },
      setAttributes: (more) => {
        Object.assign(made.attributes, more);
        return span;
      },
      addEvent: () => span,
      addLink: (link) => {
        made.links.push(link);
        return span;
      },
      addLinks: (links) => {
        made.links.push(...links);
        return span;
      },
      setStatus: ({ code }) => {
        made.status = code;
        return span;
      },
      updateName: () => span,
      end: () => {
        made.isEnded = true;
      },
      isRecording: () => traceFlags === 1 && !made.isEnded,
      recordException: () => {},
    };
    return span;
  }

  startActiveSpan(): never {
    throw new Error("It is not used");
  }
}

/** Keeps the active context in an `AsyncLocalStorage`, as the SDK for Node does. */
class Contexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    own: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(own, () => work.apply(self, args));
  }

  bind<T>(_: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

/** Passes traces and one entry of baggage on, by headers that are no standard's. */
const propagator: TextMapPropagator = {
  fields: () => ["x-trace", "x-tenant"],
  inject(from, carrier, { set }) {
    const { traceId, spanId } = trace.getSpanContext(from) ?? {};
    if (traceId !== undefined) set(carrier, "x-trace", `${traceId}/${spanId}`);
    const tenant = propagation.getBaggage(from)?.getEntry("tenant")?.value;
    if (tenant !== undefined) set(carrier, "x-tenant", tenant);
  },
  extract(from, carrier, { get }) {
    const [traceId, spanId] = String(get(carrier, "x-trace") ?? "").split("/");
    const tenant = get(carrier, "x-tenant");
    let into = from;
    if (traceId && spanId) {
      into = trace.setSpanContext(into, { traceId, spanId, traceFlags: 1, isRemote: true });
    }
    if (typeof tenant !== "string") return into;
    return propagation.setBaggage(into, propagation.createBaggage({ tenant: { value: tenant } }));
  },
};

/** Registers a provider and a context manager; on demand a propagator, too. */
export function registered({ propagates = false } = {}): Provider & Disposable {
  const provider = new Provider();
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new Contexts());
  if (propagates) propagation.setGlobalPropagator(propagator);
  return Object.assign(provider, {
    [Symbol.dispose]() {
      trace.disable();
      context.disable();
      propagation.disable();
      forgetTracer();
    },
  });
}
