/** Middleware, and what a call of an API behind it comes to over each protocol. */
import { ServiceError } from "ekiben";
import type { MiddlewareHandler } from "hono";
import { basicAuth } from "hono/basic-auth";
import { bearerAuth } from "hono/bearer-auth";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { jwt, sign } from "hono/jwt";
import { logger } from "hono/logger";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { timeout } from "hono/timeout";
import { timing } from "hono/timing";

/** What is expected of a call: over REST the status, over the others the code of gRPC. */
export interface Expected {
  readonly status: number;
  readonly code: number;
  /** The answer, or the message. */
  readonly text?: string | RegExp;
  readonly restText?: string | RegExp;
  readonly metadata?: Readonly<Record<string, string | RegExp>>;
}

export interface Case {
  readonly use: MiddlewareHandler[];
  readonly api?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expected: Expected;
  /** What the log must have. */
  readonly logged?: RegExp;
}

const OK = { status: 200, code: 0, text: "A", restText: "A" } as const;
const printed: string[] = [];
const never = () => new Promise<void>(() => {});

/** The cases by what their middleware are or do. */
export const CASES: Readonly<Record<string, Case>> = {
  "bearerAuth() without a token": {
    use: [bearerAuth({ token: "secret", realm: "models" })],
    expected: {
      status: 401,
      code: 16,
      text: "Unauthorized",
      metadata: { "www-authenticate": 'Bearer realm="models"' },
    },
  },
  "bearerAuth() with a token": {
    use: [bearerAuth({ token: "secret" })],
    headers: { authorization: "Bearer secret" },
    expected: OK,
  },
  "basicAuth(), whose user the handler reads": {
    use: [
      basicAuth({
        username: "ada",
        password: "x",
        onAuthSuccess: (c, name) => c.set("user" as never, { name } as never),
      }),
    ],
    api: "whoami",
    headers: { authorization: `Basic ${btoa("ada:x")}` },
    expected: { status: 200, code: 0, text: "ada" },
  },
  "jwt(), whose payload the handler reads": {
    use: [jwt({ secret: "key", alg: "HS256" })],
    api: "claims",
    headers: { authorization: `Bearer ${await sign({ sub: "bob" }, "key", "HS256")}` },
    expected: { status: 200, code: 0, text: "bob" },
  },
  "jwt() with a token of another key": {
    use: [jwt({ secret: "key", alg: "HS256" })],
    headers: { authorization: `Bearer ${await sign({ sub: "bob" }, "other", "HS256")}` },
    expected: { status: 401, code: 16, text: "Unauthorized" },
  },
  "cors() around an answer": {
    use: [cors({ origin: "http://page", exposeHeaders: ["x-made"] })],
    headers: { origin: "http://page" },
    expected: {
      ...OK,
      metadata: {
        "access-control-allow-origin": "http://page",
        "access-control-expose-headers": "x-made",
        vary: /Origin/,
      },
    },
  },
  "cors() around an error of the handler": {
    use: [cors()],
    api: "refuse",
    expected: {
      status: 422,
      code: 9,
      text: "not today",
      restText: /"error":"not today"/,
      metadata: { "access-control-allow-origin": "*", "retry-after": "7" },
    },
  },
  "cors() around what another middleware refuses": {
    use: [cors(), bearerAuth({ token: "x" })],
    expected: { status: 401, code: 16, metadata: { "access-control-allow-origin": "*" } },
  },
  "a response of its own": {
    use: [async (c) => c.text("slow down", 429, { "retry-after": "3" })],
    expected: {
      status: 429,
      code: 8,
      text: "slow down",
      metadata: { "retry-after": "3" },
    },
  },
  "a response of JSON": {
    use: [async (c) => c.json({ reason: "quota" }, 403)],
    expected: { status: 403, code: 7, text: '{"reason":"quota"}' },
  },
  "a response of bytes": {
    use: [async () => new Response(Uint8Array.of(255, 254), { status: 503 })],
    expected: { status: 503, code: 14, restText: /./, text: /./ },
  },
  "a long response": {
    use: [async (c) => c.text("x".repeat(100_000), 400)],
    expected: { status: 400, code: 3, text: /^x{1024}$/, restText: /^x{100000}$/ },
  },
  "an HTTPException": {
    use: [
      async () => {
        throw new HTTPException(403, { message: "not you" });
      },
    ],
    expected: { status: 403, code: 7, text: "not you" },
  },
  "a ServiceError": {
    use: [
      async () => {
        throw new ServiceError("not_found", "no such tenant", { retryAfterSeconds: 2 });
      },
    ],
    expected: {
      status: 404,
      code: 5,
      text: "no such tenant",
      restText: /"error":"no such tenant","code":"not_found"/,
      metadata: { "retry-after": "2" },
    },
  },
  "an error that is no answer": {
    use: [
      async () => {
        throw new Error("password 123");
      },
    ],
    expected: { status: 500, code: 13, text: "Internal error", restText: /"Internal error"/ },
    logged: /password 123/,
  },
  "a thrown value that is no error": {
    use: [
      async () => {
        throw "password 123";
      },
    ],
    expected: { status: 500, code: 13, text: "Internal error", restText: /"Internal error"/ },
    logged: /password 123/,
  },
  "a middleware that neither answers nor calls next()": {
    use: [async () => {}],
    expected: { status: 500, code: 13 },
    logged: /Context is not finalized/,
  },
  "a middleware that does not wait for next()": {
    use: [async (_, next) => void next()],
    expected: { status: 500, code: 13 },
    logged: /Context is not finalized/,
  },
  "a redirect": {
    use: [async (c) => c.redirect("/elsewhere", 302)],
    expected: {
      status: 302,
      code: 12,
      text: /answered with the status 302, which only REST can carry/,
      restText: "",
    },
  },
  "an answer from elsewhere": {
    use: [async (c) => c.text("cached")],
    expected: { status: 200, code: 12, text: /the status 200, which only/, restText: "cached" },
  },
  "an error after the answer": {
    use: [
      async (c, next) => {
        await next();
        c.res = new Response("too late", { status: 403 });
      },
    ],
    expected: { status: 403, code: 7, text: "too late" },
  },
  "a middleware that hangs": {
    use: [
      async (c, next) => {
        c.header("x-before", "set");
        await next();
      },
      never,
    ],
    headers: { "timeout-ms": "40" },
    expected: { status: 504, code: 4 },
  },
  "a middleware that hangs after the answer": {
    use: [
      async (_, next) => {
        await next();
        await never();
      },
    ],
    headers: { "timeout-ms": "40" },
    expected: { status: 504, code: 4 },
  },
  "cors() around an API that hangs": {
    use: [cors()],
    api: "hang",
    headers: { "timeout-ms": "200" },
    expected: { status: 504, code: 4 },
  },
  "timeout()": {
    use: [timeout(20)],
    api: "hang",
    expected: { status: 504, code: 4, text: "Gateway Timeout" },
  },
  "headers that are set after next()": {
    use: [timing(), secureHeaders(), requestId({ headerName: "x-correlation-id" })],
    expected: {
      ...OK,
      metadata: {
        "server-timing": /total;dur=/,
        "x-content-type-options": "nosniff",
        "x-correlation-id": /^[\w-]+$/,
        "x-request-id": /^[\w-]+$/,
      },
    },
  },
  "requestId(), which is the request's own": {
    use: [requestId()],
    api: "identify",
    headers: { "x-request-id": "mine-1" },
    expected: { status: 200, code: 0, text: "mine-1", metadata: { "x-request-id": "mine-1" } },
  },
  "logger()": {
    use: [logger((line) => void printed.push(line))],
    expected: OK,
  },
  "csrf() for what is no form": {
    // A page of another origin calls a server on this machine, which CORS must allow as well.
    use: [cors({ origin: "http://page" }), csrf({ origin: "http://page" })],
    headers: { origin: "http://page" },
    expected: OK,
  },
  "compress()": {
    use: [compress({ threshold: 0 })],
    headers: { "accept-encoding": "gzip" },
    expected: { ...OK, text: /A/ },
  },
};
