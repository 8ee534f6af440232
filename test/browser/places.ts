/** A service in two places: here, and at a server that a test makes slow, down or silent. */
import { api, app, file, json, service, text } from "ekiben";
import {
  type OpenServiceOptions,
  openServiceOn,
  type RelayedService,
} from "../../src/browser/open-service.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** What the server does with requests: it answers as the service, or as the function does. */
export type Behaviour = (request: Request) => Promise<Response>;

/** Both places of a test. */
export interface Places extends AsyncDisposable {
  readonly open: RelayedService;
  readonly clock: FakeClock;
  /** The requests that have reached the server, such as "POST /greet Ada". */
  readonly sent: string[];
  /** Changes what the server does. */
  serve(behaviour: Behaviour): void;
  /** The server of the service, for other behaviours. */
  readonly server: Behaviour;
}

/** The options of the service here. */
export interface HereOptions {
  /** Runs at the start. One that throws leaves a browser that cannot run the service. */
  readonly onStart?: () => void | Promise<void>;
  /** Runs in the handler of `greet` here, before its answer. */
  readonly handler?: (name: string) => void | Promise<void>;
}

const FALLBACK = "https://example.com/ml";

/** Opens a service, whose server is reached without a network. */
export function openPlaces(
  options: Partial<OpenServiceOptions> = {},
  { onStart = () => {}, handler = () => {} }: HereOptions = {},
): Places {
  const io = { input: text(), output: text() };
  const greetHere = api(io, async (name) => {
    await handler(name);
    return `Here, ${name}`;
  });
  const greetThere = api(io, (name) => `There, ${name}`);
  const items = api({ input: text(), output: text() }, async function* (value) {
    yield* value.split(" ");
  });
  const size = api({ input: text(), output: json() }, (value) => value.length);
  const page = api({ input: text(), output: file({ mimeType: "text/html" }) }, (name) =>
    new TextEncoder().encode(`<h1>${name}`),
  );
  const here = service("here", { apis: { greet: greetHere, items, size, page }, onStart });
  const there = app(service("there", { apis: { greet: greetThere, items, size, page } }));
  const clock = new FakeClock();
  const sent: string[] = [];
  const requests: Request[] = []; // on Node, one that has been collected is not aborted
  const server: Behaviour = async (request) => await there.fetch(request);
  let behaviour = server;
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    sent.push(`${request.method} ${url.pathname} ${(await request.clone().text()).slice(0, 20)}`);
    url.pathname = url.pathname.replace("/ml", "");
    const received = new Request(url, request);
    requests.push(request, received);
    return await behaviour(received);
  };
  const open = openServiceOn(
    here,
    { fallback: FALLBACK, ...options },
    { clock, fetch: fetch as typeof globalThis.fetch },
  );
  return {
    open,
    clock,
    sent,
    server,
    serve(next) {
      behaviour = next;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([open.close(), there.close()]);
    },
  };
}

/** The fetch of a server that is down. */
export const down: Behaviour = async () => {
  throw new TypeError("Failed to fetch");
};

/** The fetch of a server that takes a request, and never answers. */
export const silent: Behaviour = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/** A call of `greet`, and its answer: the text, the place, and the reason. */
export async function greet(
  { open }: Places,
  name = "Ada",
  init: RequestInit = {},
): Promise<readonly [status: number, body: string, place: string | undefined, reason: string]> {
  const response = await open.fetch("/greet", { method: "POST", body: name, ...init });
  const answer = open.answerOf(response);
  return [response.status, await response.text(), answer?.place, answer?.reason ?? ""];
}

/** A browser that cannot run the service. */
export const cannotStart: HereOptions = {
  onStart() {
    throw new Error("No model");
  },
};
