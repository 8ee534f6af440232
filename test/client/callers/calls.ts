/**
 * What a typed client does at another place than the tests: in a page of another origin, or in a
 * Worker. Bundled for there; each case returns what JSON can hold.
 */
import { type CallOptions, type ClientOptions, client, ServiceError } from "ekiben/client";
import { connectTransport } from "ekiben/client/connect";
import type { shop } from "./shop.ts";

const PROTOCOLS = ["REST", "connect", "grpc-web"] as const;

/** The protocol of a client. */
export type Protocol = (typeof PROTOCOLS)[number];

/** The calls in a minute for each key: too few for all of a burst, however long it takes. */
const RATE = 20;

/** The options of the server. Each protocol has a key of its own, and so has the burst. */
export const ACCESS = {
  apiKeys: [...PROTOCOLS, "burst"].map((name) => `${name}:key-of-${name}`),
  rateLimit: `${RATE}/m`,
} as const;

function shopOf(url: string, protocol: Protocol, options: ClientOptions) {
  const transport = protocol === "REST" ? {} : { transport: connectTransport(protocol) };
  return client<typeof shop>(url, { retries: 0, ...transport, ...options });
}

/** The facts of a failed call. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ServiceError)) return String(error);
    return [error.code, error.message, error.requestId];
  }
  return "It has not failed";
}

async function all<T>(items: AsyncIterable<T>, into: T[] = []): Promise<T[]> {
  for await (const item of items) into.push(item);
  return into;
}

const named = (id: string): CallOptions => ({ headers: { "x-request-id": id } });

/** Pixels: those of a canvas where there is one. */
function pixels(): { width: number; height: number; data: Uint8ClampedArray } {
  const canvas = typeof OffscreenCanvas === "undefined" ? undefined : new OffscreenCanvas(3, 2);
  const drawn = canvas?.getContext("2d")?.getImageData(0, 0, 3, 2);
  return drawn ?? { width: 3, height: 2, data: new Uint8ClampedArray(24) };
}

/** The cases: what comes back from each, over one protocol. */
async function callsOf(url: string, protocol: Protocol): Promise<Record<string, unknown>> {
  const calls = shopOf(url, protocol, { apiKey: `key-of-${protocol}` });
  const { shape, data } = await calls.double([[1, 2.5]]);
  const picture = await calls.picture(pixels());
  const again = await calls.picture(picture);
  const seen: string[] = [];
  const ids: (string | null)[] = [];
  const onResponse = ({ headers }: Response): void => {
    ids.push(headers.get("x-request-id"));
  };
  return {
    value: await calls.greet({ name: "Ada" }, { ...named("greeting"), onResponse }),
    "its id": ids,
    tensor: [shape, [...data]],
    picture: [picture instanceof Blob, picture.type, again.size === picture.size],
    form: await calls.form({ note: "n", picture }),
    stream: await all(calls.spell("a\r\nb")),
    "broken stream": await failureOf(all(calls.breaking("one", named("broken")), seen)),
    "its items": seen,
    error: await failureOf(calls.refuse("one", named("refused"))),
    "no such key": await failureOf(
      shopOf(url, protocol, { apiKey: "wrong", headers: { "x-request-id": "w" } }).greet({
        name: "",
      }),
    ),
    "no key": await failureOf(
      shopOf(url, protocol, { headers: { "x-request-id": "n" } }).greet({ name: "" }),
    ),
    deadline: await failureOf(calls.greet({ name: "" }, { signal: AbortSignal.abort() })),
  };
}

const EXPECTED = {
  value: { hello: "Ada" },
  "its id": ["greeting"],
  tensor: [
    [1, 2],
    [2, 5],
  ],
  picture: [true, "image/png", true],
  form: { note: "n", width: 3 },
  stream: ["a", "\r", "\n", "b"],
  "broken stream": ["failed_precondition", "No more than one", "broken"],
  "its items": ["one"],
  error: ["already_exists", "There is one", "refused"],
  "no such key": ["unauthenticated", "The API key is not one of this server's", "w"],
  "no key": [
    "unauthenticated",
    "The server needs an API key: send it as Authorization: Bearer <key>, or X-Api-Key",
    "n",
  ],
  deadline: ["canceled", "The call was cancelled", null],
} as const;

/** What comes of more calls than the rate allows: those refused, and one that tries again. */
async function burstOf(url: string): Promise<Record<string, unknown>> {
  const calls = shopOf(url, "REST", { apiKey: "key-of-burst" });
  const burst = await Promise.allSettled(
    Array.from({ length: RATE + 5 }, () => calls.greet({ name: "Bo" })),
  );
  const refused = burst.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  const isRight = (error: unknown): boolean =>
    error instanceof ServiceError &&
    error.code === "resource_exhausted" &&
    (error.retryAfterSeconds ?? 0) > 0 &&
    error.requestId !== undefined;
  return {
    answered: refused.length < burst.length,
    refused: refused.length > 0 && refused.every(isRight),
    again: await calls.greet({ name: "Bo" }, { retries: 5 }),
  };
}

const EXPECTED_BURST = { answered: true, refused: true, again: { hello: "Bo" } } as const;

/** All of it: the calls over each protocol, one after the other, and the burst. */
export async function everything(url: string): Promise<Record<string, unknown>> {
  const outcomes: Record<string, unknown> = {};
  for (const protocol of PROTOCOLS) outcomes[protocol] = await callsOf(url, protocol);
  return JSON.parse(JSON.stringify({ ...outcomes, burst: await burstOf(url) }));
}

/** What `everything()` returns. */
export const EVERYTHING = {
  ...Object.fromEntries(PROTOCOLS.map((protocol) => [protocol, EXPECTED])),
  burst: EXPECTED_BURST,
};
