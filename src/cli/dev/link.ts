/**
 * The link between the server of `ekiben dev` and the process that holds its ports: by it, the
 * server says where it listens, or why it cannot start. It ends with the other process.
 * @module
 */

import { connect, type Socket } from "node:net";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import type { Ports } from "../../runtime/lifecycle.ts";
import { LINK_VARIABLE } from "./link-variable.ts";

/** What the server has to know. */
export interface LinkSettings {
  /** The port on which the other process waits, and its proof of who it is. */
  readonly port: number;
  readonly token: string;
  /** The addresses for clients, in the order of the ports. */
  readonly addresses: readonly string[];
  /** The host that clients connect to. */
  readonly host: string | undefined;
}

/** What the server says. */
export type LinkMessage =
  | { readonly token: string; readonly ports: readonly number[] }
  | { readonly token: string; readonly error: string };

/** The link as the server has it. */
export class DevLink {
  readonly #settings: LinkSettings;
  readonly #socket: Socket;
  #ports: readonly number[] = [];

  constructor(settings: LinkSettings) {
    this.#settings = settings;
    this.#socket = connect({ port: settings.port, host: "127.0.0.1" });
    // Without the process that holds the ports, nobody reaches this one.
    this.#socket.on("close", () => process.kill(process.pid, "SIGTERM"));
    this.#socket.on("error", () => {});
    this.#socket.unref();
  }

  /** The host that clients connect to, on which it depends who may call. */
  get host(): string | undefined {
    return this.#settings.host;
  }

  /** Notes the ports, and returns them with the addresses for clients. */
  readonly opened = (ports: Ports): Ports => {
    this.#ports = ports.map(({ listener }) => listener.port);
    const [first, ...others] = ports.map((port, at) => {
      const text = this.#settings.addresses[at] ?? port.text;
      const { listener } = port;
      const shown = { port: Number(new URL(text).port), close: (ms: number) => listener.close(ms) };
      return { listener: shown, text };
    });
    return first === undefined ? ports : [first, ...others];
  };

  /** Says that the server is ready. */
  ready(): void {
    this.#say({ token: this.#settings.token, ports: this.#ports });
  }

  /** Says why it cannot start; resolves when that is sent. */
  fail(error: string): Promise<void> {
    this.#socket.removeAllListeners("close");
    this.#socket.ref();
    this.#say({ token: this.#settings.token, error: stripVTControlCharacters(error) });
    return new Promise((resolve) => this.#socket.end(() => resolve()));
  }

  #say(message: LinkMessage): void {
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }
}

let link: DevLink | undefined;

/** Returns the link of this process; `undefined` for a server of its own. */
export function devLink(): DevLink | undefined {
  const settings = process.env[LINK_VARIABLE];
  if (settings === undefined) return link;
  delete process.env[LINK_VARIABLE]; // the processes that it starts are not servers
  link = new DevLink(JSON.parse(settings) as LinkSettings);
  return link;
}
