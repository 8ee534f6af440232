/**
 * `ModelStreamInfer`: inferences over one stream. Several run at the same time, and are answered in
 * the order of their requests. The failure of one is its answer, and does not end the stream.
 * @module
 */

import { ServiceError } from "../../error.ts";
import { GRPCInferenceService } from "../../gen/inference/grpc_service_pb.ts";
import { MIB } from "../../limits.ts";
import type { InferHost } from "../../oip/infer.ts";
import { asServiceError } from "../../service/answer.ts";
import type { Context } from "../../service/context.ts";
import type { Service } from "../../service/service.ts";
import { end } from "../../service/stream.ts";
import { endpointOfMethod } from "../methods.ts";
import { inferMessage } from "./infer.ts";
import type { InferRequestMessage, InferResponseMessage, StreamInferResponse } from "./messages.ts";

/** The most inferences of a stream at the same time. */
const MAX_RUNNING = 32;

/** The bytes of their requests from which on no more are read. */
const MAX_RUNNING_BYTES = 32 * MIB;

/** The form of messages whose outputs are raw, in JSON too. */
const FORM = { isWire: false, isJson: false } as const;

const ENDPOINT = endpointOfMethod(GRPCInferenceService.method.modelStreamInfer);

/**
 * Answers the requests of a stream.
 *
 * @throws ServiceError `unavailable` when the service stops, after the answers to what was read;
 *   what reading a request throws, likewise; the reason of the context's signal
 */
export async function* modelStreamInfer(
  service: Service,
  host: InferHost,
  requests: AsyncIterable<InferRequestMessage>,
  context: Context,
): AsyncGenerator<StreamInferResponse, void, undefined> {
  const { signal } = context;
  let changed = Promise.withResolvers<void>();
  const wake = (): void => changed.resolve();
  const reader = new Reader(requests, wake);
  const running: Running[] = [];
  const unsubscribe = service.onReadyChange(wake);
  signal.addEventListener("abort", wake, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      // Before the state is read, so that no later change is missed.
      changed = Promise.withResolvers();
      const request = reader.take();
      if (request !== undefined) running.push(new Running(host, request, context, wake));
      const { draining } = service.admission;
      if (!draining && hasRoom(running)) reader.read();
      const answer = running[0]?.answer;
      if (answer !== undefined) {
        running.shift();
        yield answer;
      } else if (running.length > 0 || !(reader.hasEnded || draining)) {
        await changed.promise;
      } else if (reader.hasEnded) {
        return reader.throwFailure();
      } else {
        throw new ServiceError("unavailable", "The service is shutting down");
      }
    }
  } finally {
    unsubscribe();
    signal.removeEventListener("abort", wake);
    end(reader.requests);
  }
}

function hasRoom(running: readonly Running[]): boolean {
  const bytes = running.reduce((sum, each) => sum + each.bytes, 0);
  return running.length < MAX_RUNNING && bytes < MAX_RUNNING_BYTES;
}

/** Reads one request at a time. */
class Reader {
  readonly requests: AsyncIterator<InferRequestMessage>;
  readonly #wake: () => void;
  #isReading = false;
  #read: InferRequestMessage | undefined;
  #failure: { readonly reason: unknown } | undefined;
  hasEnded = false;

  constructor(requests: AsyncIterable<InferRequestMessage>, wake: () => void) {
    this.requests = requests[Symbol.asyncIterator]();
    this.#wake = wake;
  }

  /** Starts to read the next request. */
  read(): void {
    if (this.#isReading || this.hasEnded) return;
    this.#isReading = true;
    void this.#next();
  }

  async #next(): Promise<void> {
    try {
      const { done, value } = await this.requests.next();
      if (done === true) this.hasEnded = true;
      else this.#read = value;
    } catch (reason) {
      this.hasEnded = true;
      this.#failure = { reason };
    }
    this.#isReading = false;
    this.#wake();
  }

  /** Returns a request that has been read, once. */
  take(): InferRequestMessage | undefined {
    const request = this.#read;
    this.#read = undefined;
    return request;
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}

/** An inference that runs. */
class Running {
  readonly bytes: number;
  answer: StreamInferResponse | undefined;

  constructor(host: InferHost, request: InferRequestMessage, context: Context, wake: () => void) {
    this.bytes = bytesOf(request);
    void answerTo(host, request, context).then((answer) => {
      this.answer = answer;
      wake();
    });
  }
}

/** Returns the bytes of the elements of a request, at least. */
function bytesOf({ inputs, rawInputContents }: InferRequestMessage): number {
  let bytes = rawInputContents.reduce((sum, { length }) => sum + length, 0);
  for (const { contents = {} } of inputs) {
    for (const elements of Object.values(contents)) {
      if (Array.isArray(elements)) bytes += 8 * elements.length;
    }
  }
  return bytes;
}

/** Returns the answer to one request, also to one that fails. */
async function answerTo(
  host: InferHost,
  request: InferRequestMessage,
  context: Context,
): Promise<StreamInferResponse> {
  const { modelName, modelVersion, id } = request;
  try {
    const inferResponse = await inferMessage(host, request, context, FORM);
    const parameters = { ...inferResponse.parameters, ...finalMark(request) };
    return { errorMessage: "", inferResponse: { ...inferResponse, parameters } };
  } catch (thrown) {
    const { requestId } = context;
    const { message } = asServiceError(thrown, { api: ENDPOINT, requestId });
    const about = { modelName, modelVersion, id, parameters: {} };
    return {
      errorMessage: message,
      inferResponse: { ...about, outputs: [], rawOutputContents: [] },
    };
  }
}

/** Triton's clients may ask that the last response to a request says so: here, each is the last. */
function finalMark({ parameters }: InferRequestMessage): InferResponseMessage["parameters"] {
  const asked = parameters["triton_enable_empty_final_response"]?.parameterChoice;
  if (asked?.case !== "boolParam" || !asked.value) return {};
  return { triton_final_response: { parameterChoice: { case: "boolParam", value: true } } };
}
