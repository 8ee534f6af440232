/**
 * Opens a model on WebGPU if it can be used, or else in WASM, with the reason.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { messageOf } from "../../error.ts";
import type { Backend, BackendSession, OpenModel, OpenOptions, OpenRequest } from "../backend.ts";
import { type Agreement, compare } from "../comparison/agreement.ts";
import type { ExternalFile } from "../model-file.ts";
import type { Adapter } from "./adapter.ts";
import { whyNotFaster } from "./speed.ts";

/** A model to open, and the choice of its place. */
export interface Preference extends OpenRequest {
  /**
   * `webgpu` uses every GPU on which the model answers as in WASM. `auto` uses no GPU in software,
   * none that is slower than WASM, and none that could not be compared with it.
   */
  readonly choice: "auto" | "webgpu";
}

/** The places to open a model. */
export interface Places {
  readonly webgpu: Backend;
  readonly wasm: Backend;
  readonly findAdapter: (choice: Preference["choice"]) => Promise<Adapter | string>;
  readonly clock: Clock;
}

/** An open model. */
export interface Opened extends OpenModel {
  readonly backend: "webgpu" | "wasm";
}

/** The largest model that is held twice, in bytes, for as long as it is compared. */
const MAX_COMPARED_BYTES = 2 ** 29;

/**
 * Opens a model on WebGPU or in WASM.
 *
 * @throws Error of WASM if neither can open it
 */
export async function openPreferred(preference: Preference, places: Places): Promise<Opened> {
  const adapter = await places.findAdapter(preference.choice);
  if (typeof adapter === "string") return await openInWasm(preference, places, adapter);
  if (preference.choice === "auto" && adapter.isSoftware) {
    return await openInWasm(preference, places, `${software(adapter)} and slower`, true);
  }
  return await new Opening(readOnce(preference), places, adapter).open();
}

async function openInWasm(
  { model, options, choice }: Preference,
  { wasm }: Places,
  reason: string,
  isExpected = choice === "auto",
): Promise<Opened> {
  const session = await wasm.open(model, inWasm(options));
  return { backend: "wasm", session, ...said(insteadOf(reason), isExpected) };
}

/** Returns the options without those that are for a GPU. */
function inWasm({ sessionOptions = {}, ...options }: OpenOptions): OpenOptions {
  const { executionProviders, preferredOutputLocation, enableGraphCapture, ...others } =
    sessionOptions;
  return { ...options, sessionOptions: others };
}

/** Returns a preference whose files of weights are read once for both places. */
function readOnce(preference: Preference): Preference {
  const { model } = preference;
  let files: Promise<ExternalFile[]> | undefined;
  const readExternalFiles = (): Promise<ExternalFile[]> => {
    files ??= model.readExternalFiles();
    return files;
  };
  return { ...preference, model: { ...model, readExternalFiles } };
}

function software({ name }: Adapter): string {
  return `the GPU adapter "${name}" is in software`;
}

function insteadOf(reason: string): string {
  return `runs on wasm instead of webgpu: ${reason}`;
}

function said(text: string, isDetail = false): Pick<Opened, "notice" | "detail"> {
  return isDetail ? { detail: text } : { notice: text };
}

/** One model that is opened in both places. */
class Opening {
  readonly #preference: Preference;
  readonly #places: Places;
  readonly #adapter: Adapter;

  constructor(preference: Preference, places: Places, adapter: Adapter) {
    this.#preference = preference;
    this.#places = places;
    this.#adapter = adapter;
  }

  async open(): Promise<Opened> {
    const { verify, choice } = this.#preference;
    const reason = verify ? await this.#whyNotCompared() : "it is opened with verify: false";
    if (reason !== undefined) {
      if (choice === "auto") return await this.#inWasm(`it was not compared: ${reason}`, true);
      return await this.#openAlone(verify ? reason : undefined);
    }
    let wasm: BackendSession;
    try {
      wasm = await this.#openWasm();
    } catch (error) {
      // Some operators, such as those of large language models, exist on GPUs only.
      return await this.#openAlone(`wasm cannot open it: ${messageOf(error)}`, error);
    }
    return await this.#openBeside(wasm);
  }

  /** Returns the reason if the model is too large to be held twice. */
  async #whyNotCompared(): Promise<string | undefined> {
    const { model, options } = this.#preference;
    const files = options.sessionOptions?.externalData ?? (await model.readExternalFiles());
    const bytes = files.reduce((sum, file) => sum + sizeOfFile(file), model.bytes.byteLength);
    if (bytes <= MAX_COMPARED_BYTES) return undefined;
    const [mib, limit] = [bytes, MAX_COMPARED_BYTES].map((size) => Math.ceil(size / 2 ** 20));
    return `the model has ${mib} MiB, and those above ${limit} MiB are not opened twice`;
  }

  #openWasm(): Promise<BackendSession> {
    const { model, options } = this.#preference;
    return this.#places.wasm.open(model, inWasm(options));
  }

  #openGpu(): Promise<BackendSession> {
    const { model, options } = this.#preference;
    return this.#places.webgpu.open(model, options);
  }

  #inWasm(reason: string, isExpected = false): Promise<Opened> {
    return openInWasm(this.#preference, this.#places, reason, isExpected);
  }

  /**
   * Opens the model on the GPU without a comparison, or in WASM if that fails.
   *
   * @param notCompared the reason, if it was to be compared
   * @param failure the error of WASM, if it cannot open the model
   */
  async #openAlone(notCompared: string | undefined, failure?: unknown): Promise<Opened> {
    let session: BackendSession;
    try {
      session = await this.#openGpu();
    } catch (error) {
      if (failure !== undefined) throw failure;
      return await this.#inWasm(cannotOpen(error));
    }
    const about =
      notCompared === undefined ? [] : [`its answers were not compared: ${notCompared}`];
    return this.#onGpu(session, about);
  }

  /** Opens the model on the GPU beside a session in WASM, and keeps one of them. */
  async #openBeside(wasm: BackendSession): Promise<Opened> {
    const { model, choice } = this.#preference;
    const { clock } = this.#places;
    const keepWasm = (reason: string, isExpected = false): Opened => ({
      backend: "wasm",
      session: wasm,
      ...said(insteadOf(reason), isExpected),
    });
    let gpu: BackendSession;
    try {
      gpu = await this.#openGpu();
    } catch (error) {
      return keepWasm(cannotOpen(error));
    }
    const agreement = await compare(gpu, wasm, model.facts, clock);
    const [refusal, isExpected] = await this.#refusal(agreement, gpu, wasm);
    if (refusal !== undefined) {
      // Not awaited: a run that never ends would hold it up.
      void gpu.close().catch(() => {});
      return keepWasm(refusal, isExpected);
    }
    await wasm.close();
    const isUnknown = agreement.kind === "unknown" && choice === "webgpu";
    return this.#onGpu(
      gpu,
      isUnknown ? [`its answers were not compared: ${agreement.reason}`] : [],
    );
  }

  /** Returns the reason against the GPU, if there is one, and true if it is no surprise. */
  async #refusal(
    agreement: Agreement,
    gpu: BackendSession,
    wasm: BackendSession,
  ): Promise<readonly [string | undefined, boolean]> {
    const isAuto = this.#preference.choice === "auto";
    if (agreement.kind === "differs") return [agreement.reason, false];
    if (agreement.kind === "unknown") {
      return [isAuto ? `it was not compared: ${agreement.reason}` : undefined, true];
    }
    if (!isAuto) return [undefined, true];
    const { inputs, settings } = agreement;
    return [await whyNotFaster(gpu, wasm, inputs, settings, this.#places.clock), true];
  }

  #onGpu(session: BackendSession, about: readonly string[]): Opened {
    const { isSoftware } = this.#adapter;
    const all = isSoftware ? [...about, `${software(this.#adapter)}, slower than wasm`] : about;
    if (all.length === 0) return { backend: "webgpu", session };
    return { backend: "webgpu", session, notice: `runs on webgpu, but ${all.join(", and ")}` };
  }
}

function cannotOpen(error: unknown): string {
  return `it cannot be opened there: ${messageOf(error)}`;
}

/** Returns the size of a file of weights; 0 for one that ONNX Runtime is to fetch. */
function sizeOfFile(file: ExternalFile | string | { readonly data: unknown }): number {
  const data = typeof file === "string" ? file : file.data;
  return data instanceof Uint8Array || data instanceof ArrayBuffer ? data.byteLength : 0;
}
