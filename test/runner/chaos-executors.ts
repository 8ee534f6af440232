/** The executors of the chaos tests, and the moods that their workers cannot survive. */
import type { ExecutorName } from "../../src/executor/executor.ts";
import type { Mood } from "./fixtures/chaotic.ts";

/** The reason for leaving out a mood, and the mood that takes its place. */
interface Omission {
  readonly why: string;
  readonly instead: Mood;
}

type Omissions = Readonly<Partial<Record<Mood, Omission>>>;

const ENDS_ALL = "it would end the process that the test runs in";
/** Calls of ONNX Runtime's native library run in the thread that makes them. */
const HOLDS_ALL = "it would keep the callers and all timers waiting";

const SHARED_PROCESS: Omissions = { kill: { why: ENDS_ALL, instead: "exit" } };

/** The moods that are left out for each executor. */
export const OMITTED: Readonly<Record<ExecutorName, Omissions>> = {
  threads: SHARED_PROCESS,
  process: {},
  web: SHARED_PROCESS,
  inline: {
    exit: { why: ENDS_ALL, instead: "never" },
    exitOnce: { why: ENDS_ALL, instead: "slow" },
    exitLate: { why: ENDS_ALL, instead: "slow" },
    kill: { why: ENDS_ALL, instead: "never" },
    throwOutside: { why: ENDS_ALL, instead: "throw" },
    rejectOutside: { why: ENDS_ALL, instead: "never" },
    native: { why: HOLDS_ALL, instead: "slow" },
    busy: { why: HOLDS_ALL, instead: "never" },
  },
};
