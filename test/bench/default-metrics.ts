/**
 * What all default metrics together take of an echo service's throughput:
 * `bun test/bench/default-metrics.ts`, likewise with `deno run -A --unstable-no-legacy-abort` and
 * `node`.
 *
 * Two processes, one with metrics and one without, answer 1,000 requests in turns. Printed are the
 * medians of the rounds: the processor time of a request without metrics, and what they add. The
 * rounds are short, and processor time is what bounds throughput, so that other work on the machine
 * changes little.
 *
 * Argument: rounds (101).
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const rounds = Number(process.argv[2] ?? 101);
const REQUESTS = 1_000;
const AT_ONCE = 16;

/** A process of `echo-process.ts`. */
interface Echo extends AsyncDisposable {
  readonly url: string;
  /** Nanoseconds of processor time until it has answered the requests to a path, or none. */
  after(path: string): Promise<number>;
}

async function start(metrics: "on" | "off"): Promise<Echo> {
  const file = fileURLToPath(new URL("echo-process.ts", import.meta.url));
  const flags = "deno" in process.versions ? ["run", "-A", "--unstable-no-legacy-abort"] : [];
  const child = spawn(process.execPath, [...flags, file, metrics], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done) throw new Error("A process has ended: run echo-process.ts by itself to see why");
    return value;
  };
  return {
    url: await next(),
    async after(path) {
      child.stdin.write(`${path}\n`);
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

/** Makes the requests, and gives the nanoseconds of processor time of each. */
type Measure = (echo: Echo) => Promise<number>;

const through = (call: (echo: Echo) => Promise<number>): Measure => {
  return async (echo) => {
    const before = await echo.after("");
    return ((await call(echo)) - before) / REQUESTS;
  };
};

function quantile(share: number, values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN;
}

const CASES: Readonly<Record<string, Measure>> = {
  "fetch() to a handler": through((echo) => echo.after("/echo")),
  "fetch() to a runner": through((echo) => echo.after("/infer")),
  "a handler over a socket": through(async (echo) => {
    await callAll(echo.url);
    return await echo.after("");
  }),
};

await using on = await start("on");
await using off = await start("off");
for (const [name, measure] of Object.entries(CASES)) {
  for (let warm = 0; warm < 10; warm++) for (const echo of [on, off]) await measure(echo);
  const without: number[] = [];
  const added: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // Each goes first in every other round.
    const inTurn = round % 2 === 0 ? [on, off] : [off, on];
    const times = new Map<Echo, number>();
    for (const echo of inTurn) times.set(echo, await measure(echo));
    const [withThem = 0, base = 0] = [times.get(on), times.get(off)];
    without.push(base);
    added.push(withThem - base);
  }
  const [base, more] = [quantile(0.5, without), quantile(0.5, added)];
  const [least, most] = [0.25, 0.75].map((share) =>
    ((100 * quantile(share, added)) / base).toFixed(1),
  );
  console.log(
    `${name.padEnd(24)} ${base.toFixed(0).padStart(7)} ns a request, metrics add ` +
      `${more.toFixed(0).padStart(5)} ns: ${((100 * more) / base).toFixed(1)} % ` +
      `(middle half of rounds: ${least} to ${most} %)`,
  );
}
