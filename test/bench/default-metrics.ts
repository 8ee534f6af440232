/**
 * The share of an echo service's throughput that all default metrics together cost:
 * `bun test/bench/default-metrics.ts`, likewise with `deno run -A --unstable-no-legacy-abort` and
 * `node`.
 *
 * The same service with metrics and without answers 500 requests in turns, in another process.
 * It prints the medians of the rounds: the processor time of a request without metrics, and the
 * addition by them. Rounds are short, and processor time bounds throughput, so that other work on
 * the machine changes little. The metrics of the process itself cost the same at any load.
 *
 * Argument: rounds (201).
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const rounds = Number(process.argv[2] ?? 201);
const REQUESTS = 500;
const AT_ONCE = 16;
const WARM_UP_ROUNDS = 20;
const IDLE_MS = 3_000;

type Which = "on" | "off";

/** The process of `echo-process.ts`. */
interface Echo extends AsyncDisposable {
  readonly urls: Readonly<Record<Which, string>>;
  /** Returns the processor time, in nanoseconds, until it has executed a line. */
  after(line: string): Promise<number>;
}

async function start(): Promise<Echo> {
  const file = fileURLToPath(new URL("echo-process.ts", import.meta.url));
  const flags = "deno" in process.versions ? ["run", "-A", "--unstable-no-legacy-abort"] : [];
  const child = spawn(process.execPath, [...flags, file], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done) throw new Error("The process of echo-process.ts has ended");
    return value;
  };
  return {
    urls: { on: await next(), off: await next() },
    async after(line) {
      child.stdin.write(`${line}\n`);
      return Number(await next());
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

/** The requests over a socket, as `echo-process.ts` makes them to `fetch()`. */
async function callAll(url: string): Promise<void> {
  let left = REQUESTS;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      await (await fetch(`${url}/echo`, { method: "POST", body: "Hello" })).text();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

await using echo = await start();

/** The cases: each makes the requests, and returns the processor time used by then. */
const CASES: Readonly<Record<string, (which: Which) => Promise<number>>> = {
  "fetch() to a handler": (which) => echo.after(`${which} /echo`),
  "fetch() to a runner": (which) => echo.after(`${which} /infer`),
  "a handler over a socket": async (which) => {
    await callAll(echo.urls[which]);
    return await echo.after("");
  },
};

for (const [name, call] of Object.entries(CASES)) {
  const without: number[] = [];
  const added: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const ns = { on: 0, off: 0 };
    for (const which of Math.random() < 0.5 ? (["on", "off"] as const) : (["off", "on"] as const)) {
      const before = await echo.after("");
      ns[which] = ((await call(which)) - before) / REQUESTS;
    }
    if (round < 0) continue;
    without.push(ns.off);
    added.push(ns.on - ns.off);
  }
  const [base, more] = [median(without), median(added)];
  console.log(
    `${name.padEnd(24)} ${base.toFixed(0).padStart(7)} ns a request, metrics add ` +
      `${more.toFixed(0).padStart(5)} ns: ${((100 * more) / base).toFixed(1)} %`,
  );
}

/** Returns the processor time of an idle millisecond, in nanoseconds. */
async function idle(): Promise<number> {
  const before = await echo.after("");
  await setTimeout(IDLE_MS);
  return ((await echo.after("")) - before) / IDLE_MS;
}

const before = await idle();
await echo.after("process");
const share = ((await idle()) - before) / 1e6;
console.log(`measuring the process    ${(100 * share).toFixed(2)} % of a core`);
