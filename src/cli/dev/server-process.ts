/**
 * ServerProcess: one version of a service, or one choice of its settings, in a process of its own.
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { ownCommand } from "../own-command.ts";
import type { LinkMessage, LinkSettings } from "./link.ts";
import { LINK_VARIABLE } from "./link-variable.ts";

/** The outcome of a start: the ports of the server, or why it did not start. */
export type Started = { readonly ports: readonly number[] } | { readonly error: string };

/** What a process is started with. */
export interface ProcessOptions {
  /** The arguments of the command. */
  readonly args: readonly string[];
  /** The addresses for clients, in the order of the ports. */
  readonly addresses: readonly string[];
  /** The host that clients connect to. */
  readonly host: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** The folder to start it in. */
  readonly folder: string;
  /** The time after which a stop is a kill, in milliseconds. */
  readonly killAfterMs: number;
  /** What becomes of its output: that of this process, or nothing. Default `inherit`. */
  readonly output?: "inherit" | "ignore";
}

/** A server in a process of its own. */
export class ServerProcess {
  /** Resolves when the server is ready, or cannot start. */
  readonly started: Promise<Started>;
  /** Resolves with how the process ended, as the end of a sentence. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #killAfterMs: number;

  private constructor(child: ChildProcess, started: Promise<Started>, killAfterMs: number) {
    this.#child = child;
    this.#killAfterMs = killAfterMs;
    this.ended = new Promise((resolve) => {
      child.on("error", (error) => resolve(`cannot be started: ${error.message}`));
      child.on("exit", (code, signal) =>
        resolve(signal === null ? `has ended with code ${code}` : `was ended by ${signal}`),
      );
    });
    const died = this.ended.then((how) => ({ error: `The server ${how} before it was ready` }));
    this.started = Promise.race([started, died]);
  }

  /** Starts a server. */
  static async start(options: ProcessOptions): Promise<ServerProcess> {
    const { args, addresses, host, environment, folder, killAfterMs } = options;
    const { output = "inherit" } = options;
    const token = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Started>();
    const { server, port } = await listen((message) => {
      if (message.token === token) resolve(message);
    });
    const settings: LinkSettings = { port, token, addresses, host };
    const [file, ...flags] = ownCommand();
    const child = spawn(file, [...flags, ...args], {
      cwd: folder,
      env: { ...environment, [LINK_VARIABLE]: JSON.stringify(settings) },
      stdio: ["ignore", output, output],
    });
    const close = (): void => void server.close();
    child.on("exit", close);
    child.on("error", close);
    return new ServerProcess(child, promise, killAfterMs);
  }

  /** Ends the process: requests under way have their time. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.kill(), this.#killAfterMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Listens for the link of a server. */
async function listen(
  onMessage: (message: LinkMessage) => void,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => readLines(socket, onMessage));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("There is no port");
  return { server, port: address.port };
}

/** The most characters of a message. */
const MAX_LENGTH = 2 ** 20;

function readLines(socket: Socket, onMessage: (message: LinkMessage) => void): void {
  let text = "";
  socket.setEncoding("utf8");
  socket.on("error", () => {});
  socket.on("data", (chunk: string) => {
    text += chunk;
    if (text.length > MAX_LENGTH) socket.destroy();
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      try {
        onMessage(JSON.parse(line) as LinkMessage);
      } catch {
        socket.destroy(); // another program of this machine
      }
    }
  });
}
