/** The server that a command of the README or the Dockerfile starts, on any free port. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type Ended, endOf, eventually, type Place, type Started, start } from "./process.ts";

/** A server that takes calls. */
export interface Served extends Started {
  readonly port: number;
}

/** Starts a server and waits until it takes calls. */
export async function startServer(command: readonly string[], place: Place): Promise<Served> {
  const env = { ...place.env, EKIBEN_PORT: "0" };
  const server = start(command, { ...place, env });
  try {
    // Its lines come last, when it also handles signals.
    const lines = /Serving \S+ on http:\/\/localhost:(\d+) [\s\S]*Runner /;
    await eventually(`${server.command} to be ready`, () => {
      if (server.end !== undefined) throw new Error(`It has ended: ${server.end.output}`);
      return lines.test(server.output);
    });
    const port = Number(lines.exec(server.output)?.[1]);
    const served = withPort(server, port);
    const { status } = await call(served, "/readyz");
    assert.equal(status, 200, server.output);
    return served;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Its output and its end are read when they are asked for. */
function withPort(server: Started, port: number): Served {
  return {
    command: server.command,
    port,
    get output() {
      return server.output;
    },
    get end() {
      return server.end;
    },
    kill: (signal, to) => server.kill(signal, to),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Stops a server with a signal, and checks that it went without haste and left nothing. */
export async function stopServer(
  server: Served,
  signal: NodeJS.Signals,
  to: "process" | "group",
): Promise<Ended> {
  server.kill(signal, to);
  const end = await endOf(server);
  assert.match(end.output, /Stopping: waiting for the requests under way"?\}?\n/);
  const { command, port } = server;
  assert.ok(await isFree(port), `${command} has ended, but port ${port} is in use`);
  return end;
}

/** Calls the server on a connection of its own: the one before may be that of another server. */
export async function call(
  { port }: Served,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  return await fetch(`http://localhost:${port}${path}`, { ...init, keepalive: false });
}

/** POSTs JSON, and gives the status and the answer. */
export async function post(
  server: Served,
  path: string,
  value: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await call(server, path, { method: "POST", body: JSON.stringify(value) });
  return { status: response.status, body: await response.json() };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "0.0.0.0");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  const closed = once(server, "close");
  server.close();
  await closed;
  return true;
}
