/** Sessions without ONNX Runtime, which compute y from x. */
import type {
  Backend,
  BackendName,
  BackendSession,
  OpenOptions,
} from "../../../src/onnx/backend.ts";
import type { ModelFile } from "../../../src/onnx/model-file.ts";
import type { DType, Tensor } from "../../../src/tensor.ts";
import type { FakeClock } from "../../support/fake-clock.ts";

/** The settings of a fake session. */
export interface FakeOptions {
  /** Computes an element of y from the one of x, in a run of a number. */
  readonly compute?: (x: number, run: number) => number;
  /** Called before each run, with the number of rows; what it throws is the error of the run. */
  readonly before?: (rows: number, run: number) => void | Promise<void>;
  readonly shape?: readonly (number | string)[];
  readonly dtype?: DType;
}

/** A fake session, and what was done with it. */
export interface FakeSession extends BackendSession {
  /** The inputs of all runs. */
  readonly given: readonly Tensor[];
  closed: boolean;
}

export function fakeSession({
  compute = (x) => 2 * x,
  before = () => {},
  shape = ["n", 2],
  dtype = "float32",
}: FakeOptions = {}): FakeSession {
  const given: Tensor[] = [];
  return {
    inputs: [{ name: "x", dtype, shape }],
    outputs: [{ name: "y", dtype, shape }],
    given,
    closed: false,
    async run({ x }) {
      const input = x as Tensor<"float32">;
      given.push(input);
      const run = given.length;
      await before(input.shape[0] ?? 0, run);
      return { y: { ...input, data: input.data.map((value) => compute(value, run)) } };
    },
    async close() {
      this.closed = true;
    },
  };
}

/** A backend, the options that it was given, and the sessions that it has opened. */
export interface FakeBackend extends Backend {
  readonly opened: FakeSession[];
  readonly options: OpenOptions[];
}

/** Returns a backend whose models are fake sessions, or cannot be opened. */
export function fakeBackend(name: BackendName, given: FakeOptions | Error = {}): FakeBackend {
  const opened: FakeSession[] = [];
  const options: OpenOptions[] = [];
  return {
    name,
    opened,
    options,
    async open(_model, its) {
      options.push(its);
      if (given instanceof Error) throw given;
      const session = fakeSession(given);
      opened.push(session);
      return session;
    },
  };
}

/** Returns a function that lets a run take some time, for `before`. */
export function taking(clock: FakeClock, ms: (rows: number, run: number) => number) {
  return (rows: number, run: number): void => clock.advance(ms(rows, run));
}

/** A model without facts, of a number of bytes. */
export function fakeModel(bytes = 4): ModelFile {
  return {
    bytes: { byteLength: bytes } as Uint8Array,
    facts: undefined,
    path: undefined,
    readExternalFiles: async () => [],
    digest: async () => undefined,
  };
}
