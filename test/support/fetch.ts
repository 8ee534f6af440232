/**
 * `fetch()` without idle connections: those of the global one stay open for the next request, and a
 * server that stops waits half a second for it. The requests are the same.
 */

/** The part of a dispatcher of undici, the client in Node, that is used here. */
type DispatcherClass = new (options: { readonly keepAliveTimeout: number }) => object;

/** The key of the global dispatcher, the newer one first: undici documents them. */
const DISPATCHERS = [2, 1].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

interface Deno {
  createHttpClient(options: { readonly poolMaxIdlePerHost: number }): object;
}

/** Returns the options with which the runtime closes connections that are idle. */
async function closing(): Promise<object> {
  const deno = (globalThis as { readonly Deno?: Deno }).Deno;
  if (deno !== undefined) return { client: deno.createHttpClient({ poolMaxIdlePerHost: 0 }) };
  if (globalThis.Bun !== undefined) return { keepalive: false };
  await globalThis.fetch("data:,"); // makes the dispatcher
  const { constructor: Dispatcher } = DISPATCHERS.map((key) => Reflect.get(globalThis, key)).find(
    (dispatcher) => dispatcher !== undefined,
  ) as { readonly constructor: DispatcherClass };
  return { dispatcher: new Dispatcher({ keepAliveTimeout: 1 }) };
}

const options = await closing();

/** Sends a request on a connection that is closed after the answer. */
export function fetch(...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> {
  return globalThis.fetch(input, { ...init, ...options });
}
