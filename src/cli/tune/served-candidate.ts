/**
 * A server of its own for each candidate: `ekiben serve` in a process of its own, on a free port of
 * loopback.
 * @module
 */

import process from "node:process";
import { within } from "../../clock.ts";
import { OPTIONS_VARIABLES } from "../../config/settings.ts";
import { messageOf } from "../../error.ts";
import { bench } from "../bench/bench.ts";
import { findRequest, type Wanted } from "../bench/find-request.ts";
import { ServerProcess } from "../dev/server-process.ts";
import type { Candidate } from "./candidate.ts";
import { NothingToCall, type Point, type Served } from "./search.ts";

/** How long a server may take to be ready, and to end, in milliseconds. */
const START_MS = 60_000;
const STOP_MS = 5_000;
/** The share of a measurement that warms up before it. */
const WARMUP_SHARE = 0.25;

const HOST = "127.0.0.1";

/** The variables that would refuse calls, whose settings are not what is measured. */
const REFUSING = ["API_KEY", "API_KEYS_FILE", "RATE_LIMIT", "RATE_BURST", "MAX_CONCURRENCY"];

/** What is served, and which calls it is sent. */
export interface TuneTarget {
  readonly target: string | undefined;
  /** Further flags of `ekiben serve`. */
  readonly flags: readonly string[];
  readonly wanted: Omit<Wanted, "url">;
  readonly signal: AbortSignal;
}

/**
 * Starts a server with the settings of a candidate.
 *
 * @throws Error with the reason if it does not become ready
 */
export async function serveCandidate(candidate: Candidate, what: TuneTarget): Promise<Served> {
  const server = await ServerProcess.start({
    args: argumentsOf(candidate, what),
    addresses: [],
    host: HOST,
    environment: environmentOf(candidate),
    folder: process.cwd(),
    killAfterMs: STOP_MS,
    output: "ignore",
  });
  try {
    const late = `It was not ready within ${START_MS / 1000} s`;
    const started = await within(server.started, START_MS, late);
    if ("error" in started) throw new Error(started.error);
    const url = `http://${HOST}:${started.ports[0]}`;
    const found = await findRequest({ ...what.wanted, url }).catch((error: unknown) => {
      throw new NothingToCall(messageOf(error));
    });
    return {
      measure: async (callers, ms): Promise<Point> => {
        const report = await bench(found, {
          load: { kind: "closed", callers },
          durationMs: ms * (1 - WARMUP_SHARE),
          warmupMs: ms * WARMUP_SHARE,
          maxCalls: Number.POSITIVE_INFINITY,
          timeoutMs: START_MS,
          maxUnderWay: callers,
          seed: 1,
          signal: what.signal,
        });
        const { throughput, latencyMs, calls, answered, firstFailure, failures } = report;
        if (answered === 0) throw unanswered(firstFailure, Object.keys(failures));
        const { p50, p99 } = latencyMs;
        return { callers, throughput, p50: p50 ?? 0, p99: p99 ?? 0, failed: calls - answered };
      },
      [Symbol.asyncDispose]: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Returns the error of calls of which none was answered. */
function unanswered(text = "No call was answered", outcomes: readonly string[]): Error {
  const isRefused = outcomes.length > 0 && outcomes.every((each) => /^4(?!29)/.test(each));
  if (!isRefused) return new Error(text);
  return new NothingToCall(`The calls are refused (${outcomes}); give a body by --data: ${text}`);
}

function argumentsOf(candidate: Candidate, { target, flags }: TuneTarget): readonly string[] {
  const { backend, workers, threads } = candidate;
  return [
    "serve",
    ...(target === undefined ? [] : [target]),
    ...flags,
    ...["--port", "0", "--host", HOST, "--no-grpc", "--drain-lead", "0", "--grace", "1"],
    ...["--backend", backend, "--workers", String(workers), "--threads", String(threads)],
  ];
}

/** Returns the environment, with the size of batches beside what its variable sets already. */
function environmentOf({ maxBatchSize }: Candidate): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of REFUSING) delete environment[`EKIBEN_${name}`];
  if (maxBatchSize === undefined) return environment;
  const [first = ""] = OPTIONS_VARIABLES;
  const name = OPTIONS_VARIABLES.find((each) => environment[each] !== undefined) ?? first;
  const own = environment[name] ?? "";
  environment[name] = `${own} runners.batching.max_batch_size=${maxBatchSize}`.trim();
  return environment;
}
