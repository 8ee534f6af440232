/** A service whose methods are called over Connect by GET, in memory. */
import assert from "node:assert/strict";
import type { HandlerContext } from "@connectrpc/connect";
import type { MiddlewareHandler } from "hono";
import { ServiceError } from "../../src/error.ts";
import { text } from "../../src/io/text.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { type Routes, rpcRoutes } from "../../src/rpc/routes.ts";
import { api } from "../../src/service/api.ts";
import { service } from "../../src/service/service.ts";
import { type Page, Reader } from "./reader.ts";

/** The URL of the method for cached APIs. */
export const GET = "http://test/ekiben.v1.Inference/Get";
/** The URL of a method of the mounted service. */
export const READ = "http://test/example.Reader/Read";

/** Returns the message of a call of an API. */
export const messageOf = (apiName: string, value = "x"): string =>
  JSON.stringify({ apiName, text: value });
/** Returns the query of a call. */
export const queryOf = (message: string, encoding = "json"): string =>
  `?connect=v1&encoding=${encoding}&message=${encodeURIComponent(message)}`;

/** What differs between tests. */
export interface Options {
  readonly use?: MiddlewareHandler[];
  readonly read?: (page: Page, handler: HandlerContext) => Page;
}

/** A service with cached APIs, one that is not, and a mounted service. */
export function opened({ use = [], read = (page) => page }: Options = {}) {
  let runs = 0;
  const io = { input: text(), output: text() };
  const count = (value: string): string => `${value} ${++runs}`;
  const mount: Routes = (router) =>
    void router.service(Reader, { read, write: (page: Page) => page } as never);
  const made = service("example", {
    use,
    rpc: mount,
    apis: {
      own: api({ ...io, cache: true }, count),
      shared: api({ ...io, cache: { shared: true, maxAgeMs: 60_000, vary: ["x-kind"] } }, count),
      plain: api(io, count),
      secret: api({ ...io, cache: true }, (value, { response }) => {
        response.headers.set("cache-control", "no-store");
        return count(value);
      }),
      asked: api(
        { ...io, cache: true },
        (_, { query, requestId }) => `${query} ${requestId !== ""}`,
      ),
      refuse: api({ ...io, cache: true }, (code) => {
        throw new ServiceError(code as never, `refused as ${code}`);
      }),
      slow: api({ ...io, cache: true }, () => new Promise<string>(() => {})),
      long: api({ ...io, cache: true }, (value) => value.repeat(5000)),
    },
  });
  const rpc = rpcFetch(rpcRoutes(made));
  const get = async (
    query: string,
    headers: Readonly<Record<string, string>> = {},
    url = GET,
  ): Promise<Response> => {
    const response = await rpc(new Request(url + query, { headers }));
    assert.ok(response !== undefined);
    return response;
  };
  const call = (name: string, headers: Readonly<Record<string, string>> = {}, value = "x") =>
    get(queryOf(messageOf(name, value)), headers);
  return { rpc, get, call, service: made };
}

/** The body of an error of Connect. */
export interface CallError {
  readonly code: string;
  readonly message: string;
}

/** Returns the error of an answer. */
export async function errorOf(response: Response): Promise<CallError> {
  return (await response.json()) as CallError;
}
