/** Serves an application of Hono as the documentation of Hono does, on each runtime. */
import type { Hono } from "hono";

/** The types of this project are those of Bun. */
interface DenoGlobal {
  readonly Deno: {
    serve(options: { port: number; hostname: string }, handler: Hono["fetch"]): unknown;
  };
}

export async function listen({ fetch }: Hono, port: number): Promise<void> {
  const hostname = "127.0.0.1";
  if ("Bun" in globalThis) {
    Bun.serve({ port, hostname, fetch: (request) => fetch(request) });
  } else if ("Deno" in globalThis) {
    (globalThis as unknown as DenoGlobal).Deno.serve({ port, hostname }, (request) =>
      fetch(request),
    );
  } else {
    const { serve } = await import("@hono/node-server");
    serve({ port, hostname, fetch });
  }
}
