/**
 * Answers the requests of a Service Worker in a page.
 * @module
 */

import { messageOf } from "../../error.ts";
import { late } from "../../late.ts";
import type { OpenService, RelayedService } from "../open-service.ts";
import {
  asMessage,
  type FromPage,
  type Offer,
  PROTOCOL,
  type RequestMessage,
  type ToPage,
} from "./messages.ts";

/** The longest silence of a Service Worker, which sends a message every two seconds. */
const MAX_SILENCE_MS = 60_000;

/** An open service, or a function that opens it when it is needed first. */
export type Opening = OpenService | (() => Promise<OpenService> | OpenService);

/** A service that is opened once, at the first request. */
class LazyService {
  readonly #open: Opening;
  #opened: RelayedService | undefined;

  constructor(open: Opening) {
    this.#open = open;
    if (typeof open !== "function") void this.get();
  }

  /** The service, if it is open already. */
  get now(): RelayedService | undefined {
    return this.#opened;
  }

  /** Opens it. After a failure, the next request tries again. */
  readonly get: () => Promise<RelayedService> = late(async () => {
    const opened = typeof this.#open === "function" ? await this.#open() : this.#open;
    this.#opened = opened as RelayedService;
    return this.#opened;
  });
}

/** Answers requests that the Service Worker offers to this page, until it is disposed of. */
export function answerOffers(
  open: Opening,
  container: Pick<ServiceWorkerContainer, "addEventListener" | "removeEventListener">,
): Disposable {
  const service = new LazyService(open);
  const calls = new Set<PageCall>();
  const receive = ({ data, ports: [port] }: MessageEvent): void => {
    const message = asMessage<Offer>(data);
    if (message?.kind !== "offer" || port === undefined) return;
    const call: PageCall = new PageCall(service, port, () => calls.delete(call));
    calls.add(call);
  };
  container.addEventListener("message", receive);
  return {
    [Symbol.dispose]() {
      container.removeEventListener("message", receive);
      for (const call of calls) call.close();
    },
  };
}

/** One request on its way through this page. */
class PageCall {
  readonly #service: LazyService;
  readonly #port: MessagePort;
  readonly #onEnd: () => void;
  readonly #aborted = new AbortController();
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  /** The next part of the body, which is read one ahead. */
  #next: Promise<Uint8Array<ArrayBuffer> | undefined> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(service: LazyService, port: MessagePort, onEnd: () => void) {
    this.#service = service;
    this.#port = port;
    this.#onEnd = onEnd;
    port.addEventListener("message", ({ data }: MessageEvent<ToPage>) => this.#receive(data));
    port.addEventListener("close", () => this.close());
    port.start();
    this.#heard();
    const local = service.now?.state.local;
    this.#post({
      kind: "state",
      ready: local === "ready",
      failed: local === "failed",
      visible: globalThis.document?.visibilityState !== "hidden",
    });
  }

  /** Ends the call, which may not have been answered. */
  close(): void {
    clearTimeout(this.#silence);
    this.#aborted.abort(new Error("The request was aborted"));
    void this.#reader?.cancel().catch(() => {});
    this.#port.close();
    this.#onEnd();
  }

  #receive(message: ToPage): void {
    this.#heard();
    switch (message.kind) {
      case "request":
        return void this.#run(message).catch((error) => this.#fail(error));
      case "pull":
        return void this.#pull().catch((error) => this.#fail(error));
      case "ping":
        return this.#post({ kind: "pong" });
      case "abort":
        return this.close();
    }
  }

  async #run({ target, method, headers, body }: RequestMessage): Promise<void> {
    const { origin } = globalThis.location ?? { origin: "http://localhost" };
    const request = new Request(new URL(target, origin), {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      signal: this.#aborted.signal,
      ...(body === undefined ? {} : { body }),
    });
    const service = await this.#service.get();
    const response = await service.answer(request, () => this.#post({ kind: "sending" }));
    const answer = service.answerOf(response);
    const { status, statusText } = response;
    this.#reader = response.body?.getReader();
    // An answer of one part is sent at once: then it is whole even if this page is closed.
    const first = await this.#read();
    if (first !== undefined) this.#readAhead();
    const hasMore = first !== undefined && (await this.#mayHaveMore());
    this.#post(
      {
        kind: "head",
        status,
        statusText,
        headers: [...response.headers],
        first,
        hasMore,
        place: answer?.place === "server" ? "server" : "page",
        reason: answer?.reason ?? "",
      },
      first === undefined ? [] : [first.buffer],
    );
  }

  /** Returns the next part of the body, in memory that can be moved; `undefined` at its end. */
  async #read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { value } = (await this.#reader?.read()) ?? {};
    return value?.byteLength === value?.buffer.byteLength ? value : value?.slice();
  }

  #readAhead(): void {
    this.#next = this.#read();
    this.#next.catch(() => {}); // whoever pulls it gets the error
  }

  /** Returns false if the body has ended with its first part, as all do but streams. */
  async #mayHaveMore(): Promise<boolean> {
    const later = new Promise<"later">((resolve) => setTimeout(resolve, 0, "later"));
    const next = await Promise.race([this.#next?.catch(() => "later"), later]);
    return next !== undefined;
  }

  async #pull(): Promise<void> {
    const bytes = await this.#next;
    if (bytes === undefined) return this.#post({ kind: "end" });
    this.#post({ kind: "part", bytes }, [bytes.buffer]);
    this.#readAhead();
  }

  #fail(error: unknown): void {
    if (!this.#aborted.signal.aborted) this.#post({ kind: "failed", reason: messageOf(error) });
  }

  #post(message: FromPage, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** Ends the call if the Service Worker is silent from now on: it has been stopped. */
  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.close(), MAX_SILENCE_MS);
  }
}

/** Sends a notice to a Service Worker. */
export function notify(
  worker: Pick<ServiceWorker, "postMessage"> | null | undefined,
  kind: "hello" | "claim" | "activate",
): void {
  worker?.postMessage({ protocol: PROTOCOL, kind });
}
