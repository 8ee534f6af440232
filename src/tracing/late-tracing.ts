/**
 * LateTracing: traces requests once the program, or its runtime, has registered something with
 * OpenTelemetry's API, which has a hundred modules. Few programs do, and only then is it loaded.
 * @module
 */

import { log } from "../log.ts";
import type { ArrivedRequest, RequestListener, RequestWatch } from "../service/request-listener.ts";
import type { Protocol } from "../service/request-metrics.ts";
import type { RequestTracing } from "./request-tracing.ts";

/** The place where every copy of the API, of any release 1.x, keeps what is registered. */
const REGISTERED = Symbol.for("opentelemetry.js.api.1");

let loading: Promise<void> | undefined;
let Tracing: typeof RequestTracing | undefined;

/** Loads the code of tracing if it will be needed, so that the first request is traced, too. */
export async function openTracing(): Promise<void> {
  if (!(REGISTERED in globalThis)) return;
  loading ??= load();
  await loading;
}

async function load(): Promise<void> {
  try {
    Tracing = (await import("./request-tracing.ts")).RequestTracing;
  } catch (error) {
    log.error("Requests are not traced: {error}", { error });
  }
}

/** Traces the requests of one protocol. */
export class LateTracing implements RequestListener {
  readonly #protocol: Protocol;
  #tracing: RequestTracing | undefined;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  begin(endpoint: string, request: ArrivedRequest | undefined): RequestWatch | undefined {
    if (this.#tracing === undefined) {
      if (Tracing === undefined) {
        // What is registered later traces the requests after the next one.
        void openTracing();
        return undefined;
      }
      this.#tracing = new Tracing(this.#protocol);
    }
    return this.#tracing.begin(endpoint, request);
  }
}
