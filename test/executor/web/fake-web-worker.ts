/** A Web Worker whose script is the test. */

import type { FromWebWorker, ToWebWorker } from "../../../src/executor/web/messages.ts";
import type { WebWorker } from "../../../src/executor/web/script.ts";
import type { Locks, WebOptions } from "../../../src/executor/web/web.ts";
import { webExecutor } from "../../../src/executor/web/web.ts";
import { VERSION } from "../../../src/version.ts";
import type { LoadMessage } from "../../../src/worker/protocol.ts";
import { runnable } from "../../../src/worker/runnable.ts";
import { FakeClock } from "../../support/fake-clock.ts";

export class FakeWebWorker extends EventTarget {
  /** The messages that have been sent to it. */
  readonly received: ToWebWorker[] = [];
  isTerminated = false;

  postMessage(message: ToWebWorker, transfer: Transferable[] = []): void {
    this.received.push(structuredClone(message, { transfer }));
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** Sends a message to the main thread, as its script does. */
  send(data: FromWebWorker | string | null): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  /** Sends the first message of a script. */
  sendStarted(version: string = VERSION): void {
    this.send({ kind: "started", version });
  }

  /** Dispatches an `error` event. Returns true if the main thread has handled it. */
  fail(message?: string): boolean {
    const event = new Event("error", { cancelable: true });
    if (message !== undefined) Object.defineProperty(event, "message", { value: message });
    return !this.dispatchEvent(event);
  }

  /** The kinds of the messages that it has received. */
  get kinds(): readonly string[] {
    return this.received.map(({ kind }) => kind);
  }
}

/** Web Locks of one thread: a name belongs to one holder, and then to the next in line. */
export class FakeLocks {
  readonly #lines = new Map<string, Promise<unknown>>();
  /** The number of requests that wait. */
  waiting = 0;

  request: Locks["request"] = ((
    name: string,
    options: LockOptions | (() => unknown),
    callback: () => unknown = options as () => unknown,
  ): Promise<unknown> => {
    const signal = typeof options === "function" ? undefined : options.signal;
    const before = this.#lines.get(name) ?? Promise.resolve();
    this.waiting += 1;
    const turn = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => turn.reject(signal.reason));
    void before.then(() => turn.resolve());
    const granted = turn.promise.then(
      () => {
        this.waiting -= 1;
        return callback();
      },
      (reason) => {
        this.waiting -= 1;
        throw reason;
      },
    );
    this.#lines.set(
      name,
      granted.catch(() => {}),
    );
    return granted;
  }) as Locks["request"];
}

const LOAD: LoadMessage = {
  kind: "load",
  module: "file:///digits.ts",
  runner: "digits",
  workerIndex: 1,
  threads: 1,
  backend: undefined,
  params: undefined,
};

/** Starts a worker by the executor, in a fake Web Worker and on a fake clock. */
export function started(options: Partial<WebOptions> & { readonly params?: unknown } = {}) {
  const web = new FakeWebWorker();
  const clock = new FakeClock();
  const { params, ...rest } = options;
  const executor = webExecutor({
    open: () => web as unknown as WebWorker,
    clock,
    importsModules: true,
    locks: undefined,
    reportsEnd: false,
    ...rest,
  });
  /** The messages and the end that the pool gets. */
  const events: string[] = [];
  const worker = executor.start(
    { load: { ...LOAD, params }, runnable: runnable("file:///digits.ts", () => ({})) },
    {
      message: ({ kind }) => events.push(kind),
      exit: (reason) => events.push(`exit: ${reason}`),
    },
  );
  return { web, clock, worker, events };
}
