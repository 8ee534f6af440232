/** The places that run the cases, and the way to send a request to the service there. */

/**
 * The places. `app()` is that function on Bun, Deno and Node; their servers are of `serve()`. A
 * Service Worker answers by a page.
 */
export const PLACES = [
  ...(["Bun", "Deno", "Node", "app()", "workerd", "page", "Service Worker"] as const),
];

export type Place = (typeof PLACES)[number];

/** The largest body of the service. */
export const MAX_BODY_BYTES = 300_000;

/** The outcome of a call over gRPC. */
export interface GrpcOutcome {
  /** 0 for success. */
  readonly code: number;
  readonly details: string;
  readonly messages: readonly Uint8Array[];
  readonly header: Headers;
  readonly trailer: Headers;
}

/** Sends one message over gRPC. */
export type GrpcCall = (
  path: string,
  message: Uint8Array,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
) => Promise<GrpcOutcome>;

/** The service in one place. */
export interface Target {
  readonly place: Place;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Absent where nothing could send such a call. */
  readonly grpc?: GrpcCall;
}

/** One case: a request or several, and the checks of what comes back. */
export interface Case {
  readonly name: string;
  /** @throws Error if it does not come back as it should */
  run(target: Target): Promise<void>;
}
