/**
 * Link: a Service Worker's connection to a page, for one request.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { type FromPage, type Offer, PROTOCOL, type ToPage } from "./messages.ts";
import type { Client, Clients } from "./scope.ts";

/** The time between two checks that the page is still there. */
const BEAT_MS = 2_000;

/** The checks after which a page that sends nothing is of no more use: it is frozen or hangs. */
const MAX_SILENT_BEATS = 15;

/** The page of a request has been closed, or no longer responds. */
export class PageLostError extends Error {
  override readonly name = "PageLostError";
}

/** A connection to a page. */
export class Link {
  readonly client: Client;
  readonly #clients: Clients;
  readonly #clock: Clock;
  readonly #port: MessagePort;
  readonly #arrived: FromPage[] = [];
  #waiting: PromiseWithResolvers<FromPage> | undefined;
  #lost: PageLostError | undefined;
  #silentBeats = 0;
  #cancelBeat: () => void = () => {};

  /** Offers a request to a page. */
  constructor(client: Client, clients: Clients, clock: Clock) {
    this.client = client;
    this.#clients = clients;
    this.#clock = clock;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.addEventListener("message", ({ data }: MessageEvent<FromPage>) => this.#receive(data));
    // Some browsers report the end of the page so, and the others by the list of pages.
    port1.addEventListener("close", () => this.#lose("was closed"));
    port1.start();
    client.postMessage({ protocol: PROTOCOL, kind: "offer" } satisfies Offer, [port2]);
    this.#beatLater();
  }

  /** Returns the next message. @throws PageLostError */
  next(): Promise<FromPage> {
    const message = this.#arrived.shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  post(message: ToPage, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** Ends the connection. The page stops its work for the request, if there is any. */
  close(): void {
    this.#cancelBeat();
    this.#port.postMessage({ kind: "abort" } satisfies ToPage);
    this.#port.close();
  }

  #receive(message: FromPage): void {
    this.#silentBeats = 0;
    if (message.kind === "pong") return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#arrived.push(message);
    else waiting.resolve(message);
  }

  #lose(why: string): void {
    if (this.#lost !== undefined) return;
    this.#cancelBeat();
    this.#lost = new PageLostError(`The page that the request was sent to ${why}`);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(this.#lost);
  }

  #beatLater(): void {
    this.#cancelBeat = this.#clock.after(BEAT_MS, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    if ((await this.#clients.get(this.client.id)) === undefined) return this.#lose("was closed");
    if (this.#silentBeats >= MAX_SILENT_BEATS) return this.#lose("does not respond");
    this.#silentBeats += 1;
    this.post({ kind: "ping" });
    this.#beatLater();
  }
}
