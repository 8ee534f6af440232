/** Ports of this machine on which nothing listens. */
import { createServer } from "node:net";

/**
 * The ports to choose from: below those that Linux gives to connections and to servers on any free
 * port, which would take one at any time before its server has opened it, or while it restarts.
 */
const [FIRST, COUNT] = [10_000, 20_000];

/** Returns so many of them, all different. They are random, as other tests want some too. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
