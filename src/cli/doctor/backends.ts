/**
 * The checks of ONNX Runtime: which backends there are, which of them work, and which is chosen.
 * @module
 */

import { isNativeInstalled } from "../../onnx/builds-server.ts";
import { native } from "../../onnx/native.ts";
import { selfTest } from "../../onnx/self-test.ts";
import { wasm } from "../../onnx/wasm.ts";
import { findAdapter } from "../../onnx/webgpu/adapter.ts";
import { packageVersion } from "../package-version.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { type Outcome, runProbe } from "./probe.ts";

/** The work of the probes of backends. */
export const BACKEND_PROBES = {
  native: async (): Promise<string> => {
    await selfTest(native);
    return `onnxruntime-node ${packageVersion("onnxruntime-node") ?? ""}`.trim();
  },
  wasm: async (): Promise<string> => {
    await selfTest(wasm);
    return `onnxruntime-web ${packageVersion("onnxruntime-web") ?? ""}`.trim();
  },
  webgpu: async (): Promise<string> => {
    const adapter = await findAdapter();
    if (typeof adapter === "string") throw new Error(adapter);
    if (adapter.isSoftware) throw new Error(`the adapter ${adapter.name} is software, and slow`);
    return adapter.name;
  },
};

/** The outcomes of the backends; `undefined` for native if it is not installed. */
export interface BackendOutcomes {
  readonly native: Outcome | undefined;
  readonly wasm: Outcome;
  readonly webgpu: Outcome;
}

/** Tries all backends, each in a process of its own. */
export async function tryBackends(): Promise<BackendOutcomes> {
  const hasGpu = (globalThis.navigator as { gpu?: unknown } | undefined)?.gpu !== undefined;
  const noGpu = { how: "fails", text: "this runtime has no WebGPU, which Deno has" } as const;
  const [nativeOutcome, wasmOutcome, webgpu] = await Promise.all([
    isNativeInstalled() ? runProbe("native", []) : undefined,
    runProbe("wasm", []),
    hasGpu ? runProbe("webgpu", []) : noGpu,
  ]);
  return { native: nativeOutcome, wasm: wasmOutcome, webgpu };
}

/** Says what the outcomes mean. @param install the command that installs the native library */
export function checkBackends(
  { native: found, wasm: always, webgpu }: BackendOutcomes,
  install: string,
): readonly Finding[] {
  return [
    nativeFinding(found, install),
    always.how === "works"
      ? ok("wasm", always.text)
      : problem("wasm", `does not work: ${always.text}`, "Install ekiben's packages again"),
    // Few machines have one, and nothing needs it.
    ok("webgpu", webgpu.how === "works" ? webgpu.text : `none: ${webgpu.text}`),
    ok("backend", choiceOf(found, webgpu)),
  ];
}

function nativeFinding(found: Outcome | undefined, install: string): Finding {
  const check = "native";
  if (found === undefined) {
    return warning(check, "onnxruntime-node is not installed: models run in WASM", faster(install));
  }
  const { how, text } = found;
  if (how === "works") return ok(check, text);
  const advice =
    "Install onnxruntime-node again, for this platform (it needs glibc on Linux), or remove it";
  return how === "crashes"
    ? problem(check, `onnxruntime-node is installed, but crashes: ${text}`, advice)
    : warning(check, `onnxruntime-node is installed, but does not work: ${text}`, advice);
}

function faster(install: string): string {
  return `It is several times as fast: ${install}`;
}

function choiceOf(found: Outcome | undefined, webgpu: Outcome): string {
  if (found?.how === "works") return "models run on native";
  if (webgpu.how === "works") return "models run on WebGPU where that is faster than WASM";
  return "models run in WASM";
}
