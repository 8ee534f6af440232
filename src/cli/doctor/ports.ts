/**
 * The check of the ports: whether they can be opened now.
 * @module
 */

import { createServer } from "node:net";
import type { Config } from "../../config/config.ts";
import { messageOf } from "../../error.ts";
import { type Address, openPort } from "../../runtime/listen.ts";
import { grpcBeside, httpAddress } from "../../runtime/ports.ts";
import type { ServeOptions } from "../../runtime/serve-options.ts";
import { listenOn } from "../listen-on.ts";
import { type Finding, ok, problem } from "./finding.ts";

/** Checks the ports that `ekiben serve` would open. */
export async function checkPorts(
  options: ServeOptions,
  config: Config,
): Promise<readonly Finding[]> {
  let addresses: readonly Address[];
  try {
    const isOne = options.onePort === true || config.apiServer.ssl !== undefined;
    const http = httpAddress(options, config);
    const grpc = grpcBeside(http, isOne, options, config);
    addresses = grpc === undefined || grpc === "same" ? [http] : [http, grpc];
  } catch (error) {
    return [problem("ports", messageOf(error), "Change the flag, the variable or the file")];
  }
  const findings: Finding[] = [];
  for (const address of addresses) findings.push(await checkPort(address));
  return findings;
}

/** Opens a port, and closes it again. */
async function checkPort(address: Address): Promise<Finding> {
  const { host, port } = address;
  const check = host.startsWith("unix:") ? "socket" : `port ${port}`;
  try {
    const { listener } = await openPort("http", address, (at) => listenOn(createServer(), at));
    await listener.close(0);
    return ok(check, port === 0 ? `any free one, on ${host}` : `free, on ${host}`);
  } catch (error) {
    const text = messageOf(error);
    return problem(check, text, adviceFor(text, port));
  }
}

function adviceFor(text: string, port: number): string {
  if (/EACCES|permission/i.test(text) && port < 1024) {
    return `Ports below 1024 are of the administrator: take another one, and forward ${port} to it`;
  }
  if (/EADDRNOTAVAIL/i.test(text)) return "Take an address of this machine, such as 0.0.0.0";
  return "Name others by --port and --grpc-port; ekiben dev and serve take them, too";
}
