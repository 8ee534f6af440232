/** The server that a command of the README or the Dockerfile starts, on the port that it names. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type Ended, endOf, eventually, type Place, type Started, start } from "./process.ts";

/** The port that the README says; its commands take no other. */
export const PORT = 3000;

const url = `http://localhost:${PORT}`;

/** Starts a server and waits until it takes calls. */
export async function startServer(command: readonly string[], place: Place): Promise<Started> {
  assert.ok(await portIsFree(), `Port ${PORT} is in use: end what listens there, then test again`);
  const server = start(command, place);
  try {
    // Its lines come last, when it also handles signals.
    const lines = /Serving \S+ on http:\/\/localhost:3000 [\s\S]*Runner /;
    await eventually(`${server.command} to be ready`, () => {
      if (server.end !== undefined) throw new Error(`It has ended: ${server.end.output}`);
      return lines.test(server.output);
    });
    const { status } = await call("/readyz");
    assert.equal(status, 200, server.output);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Stops a server with a signal, and checks that it went without haste and left nothing. */
export async function stopServer(
  server: Started,
  signal: NodeJS.Signals,
  to: "process" | "group",
): Promise<Ended> {
  server.kill(signal, to);
  const end = await endOf(server);
  assert.match(end.output, /Stopping: waiting for the requests under way\n/);
  assert.ok(await portIsFree(), `${server.command} has ended, but port ${PORT} is in use`);
  return end;
}

/** Calls the server on a connection of its own: the one before may be that of another server. */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(`${url}${path}`, { ...init, keepalive: false });
}

/** POSTs JSON, and gives the status and the answer. */
export async function post(
  path: string,
  value: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await call(path, { method: "POST", body: JSON.stringify(value) });
  return { status: response.status, body: await response.json() };
}

async function portIsFree(): Promise<boolean> {
  const server = createServer().listen(PORT, "0.0.0.0");
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
