/** Requests that are held: those whose caller disconnects, and those during a long computation. */
import { api, type Context, json, text } from "ekiben";
import type { BatchedRunner } from "./acting.ts";
import { ensure, equal, until, withTime } from "./check.ts";
import type { Case, Target } from "./target.ts";
import { FETCH_WAYS, GRPC_WAYS, type Way } from "./ways.ts";

/** How many requests of a name have been held, and how many of them aborted. */
interface Seen {
  readonly held: number;
  readonly aborted: number;
}

/** The requests that are held until they are aborted, by their names. */
export class HeldRequests {
  readonly #seen = new Map<string, Seen>();

  of(name: string): Seen {
    return this.#seen.get(name) ?? { held: 0, aborted: 0 };
  }

  /** Never answers. */
  hold(name: string, { signal }: Context): Promise<string> {
    const { held, aborted } = this.of(name);
    this.#seen.set(name, { held: held + 1, aborted });
    signal.addEventListener("abort", () => {
      const now = this.of(name);
      this.#seen.set(name, { ...now, aborted: now.aborted + 1 });
    });
    return new Promise(() => {});
  }
}

/** How long a computation takes, in milliseconds. */
const COMPUTE_MS = [500, 1500] as const;

export function heldApis(runner: BatchedRunner, requests: HeldRequests) {
  let computing = false;
  const words = { input: text(), output: text() };
  return {
    seen: api({ input: text(), output: json<Seen>() }, (name) => requests.of(name)),
    holdLater: api(words, async function* (name, context) {
      yield "begun";
      yield await requests.hold(name, context);
    }),
    compute: api(words, async (ms, context) => {
      computing = true;
      try {
        await runner.compute(Number(ms), context);
      } finally {
        computing = false;
      }
      return "done";
    }),
    isComputing: api({ input: text(), output: json<boolean>() }, () => computing),
  };
}

async function ask<T>(target: Target, path: string, body = ""): Promise<T> {
  return (await (await target.fetch(path, { method: "POST", body })).json()) as T;
}

function disconnect(way: Way): Case {
  return {
    name: `a caller disconnects, over ${way.name}`,
    async run(target) {
      const { signal, abort } = abortable();
      const command = `hold ${crypto.randomUUID()}`;
      const seen = () => ask<Seen>(target, "/seen", command);
      let isOver = false;
      const call = way
        .call(target, command, { signal })
        .catch(() => undefined)
        .finally(() => {
          isOver = true;
        });
      await until(async () => isOver || (await seen()).held === 1, "The handler has begun");
      if (isOver) throw new Error(`It was not held, but came to ${JSON.stringify(await call)}`);
      abort();
      await call;
      await until(async () => (await seen()).aborted === 1, "Its signal is aborted");
    },
  };
}

function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const caller = new AbortController();
  return { signal: caller.signal, abort: () => caller.abort() };
}

/** Disconnects over each protocol. */
export const DISCONNECTS: readonly Case[] = FETCH_WAYS.map(disconnect);
export const GRPC_DISCONNECTS: readonly Case[] = GRPC_WAYS.map(disconnect);

/** A stream whose client stops reading. */
export const STREAM_DISCONNECT: Case = {
  name: "a client stops reading a stream",
  async run(target) {
    const name = crypto.randomUUID();
    const response = await target.fetch("/holdLater", { method: "POST", body: name });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    equal(new TextDecoder().decode(first?.value), "begun");
    const seen = () => ask<Seen>(target, "/seen", name);
    const second = reader?.read().catch(() => undefined);
    await until(async () => (await seen()).held === 1, "The second item is computed");
    await reader?.cancel();
    await second;
    await until(async () => (await seen()).aborted === 1, "Its signal is aborted");
  },
};

/** The number of requests during the computation; one may be answered before it has begun. */
const ANSWERED = 2;

/** Other requests during a computation. */
export const MEANWHILE: Case = {
  name: "another request is answered while a runnable computes",
  run: (target) => withTime(COMPUTE_MS, (ms) => askMeanwhile(target, ms)),
};

async function askMeanwhile(target: Target, ms: number): Promise<void> {
  let isOver = false;
  const init = { method: "POST", body: String(ms) };
  const computing = target.fetch("/compute", init).then((response) => {
    isOver = true;
    return response.text();
  });
  let answered = 0;
  while (!isOver && answered < ANSWERED) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (await ask<boolean>(target, "/isComputing")) answered += 1;
  }
  equal(await computing, "done");
  ensure(answered === ANSWERED, `Only ${answered} requests were answered before its end`);
}
