/**
 * The GPU adapter of this thread.
 * @module
 */

import { files } from "#files";
import { within } from "../../clock.ts";
import { messageOf } from "../../error.ts";
import type { Files } from "../../files/files.ts";

/** A GPU adapter. */
export interface Adapter {
  /** Its name, as the driver describes it. */
  readonly name: string;
  /** True for a GPU in software, which is 50 to 1000 times slower than WASM on the same cores. */
  readonly isSoftware: boolean;
}

/** The parts of WebGPU that are used here, by the names of its specification. */
interface GpuAdapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly device?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
}

/** The object `navigator`, as far as it is used here. */
export interface GpuNavigator {
  readonly gpu?: { requestAdapter(): Promise<GpuAdapter | null> } | undefined;
}

/** The part of `OffscreenCanvas` that is used here. */
export type Canvas = new (
  width: number,
  height: number,
) => {
  getContext(type: "webgl2"): WebGl | null;
};

interface WebGl {
  getExtension(name: string): object | null;
  getParameter(name: number): unknown;
}

/** UNMASKED_RENDERER_WEBGL of the extension WEBGL_debug_renderer_info. */
const RENDERER = 0x9246;

/** The longest time in which a driver may answer. */
const MAX_ADAPTER_MS = 10_000;

/** Adapters in software that may not say so: of Mesa, Chromium and Windows. */
const SOFTWARE = /llvmpipe|lavapipe|softpipe|swiftshader|basic render|\bwarp\b/i;

/**
 * Returns the adapter that a session would run on.
 *
 * @returns a text that ends a sentence if there is none
 */
export async function findAdapter(
  navigator: GpuNavigator | undefined = globalThis.navigator as GpuNavigator | undefined,
): Promise<Adapter | string> {
  const gpu = navigator?.gpu;
  if (gpu === undefined || gpu === null) {
    return "this runtime has no navigator.gpu, which Deno and most browsers have";
  }
  try {
    const late = `the driver did not answer within ${MAX_ADAPTER_MS / 1000} s`;
    const adapter = await within(gpu.requestAdapter(), MAX_ADAPTER_MS, late);
    if (adapter === null) return "there is no GPU adapter: check the driver";
    return describe(adapter);
  } catch (error) {
    return `there is no GPU adapter: ${messageOf(error)}`;
  }
}

/** The canvas of a browser. Deno's has no WebGL. */
const CANVAS: Canvas | undefined =
  "Deno" in globalThis ? undefined : (globalThis as { OffscreenCanvas?: Canvas }).OffscreenCanvas;

/** The folder and the file in which Linux shows graphics hardware. */
const DEVICES = ["/dev/dri", "/dev/nvidiactl"] as const;

/**
 * Returns true if there may be graphics hardware: on Linux servers if there is a device, in a
 * browser if WebGL draws on it. Where WebGPU is asked for an adapter without hardware, Chromium
 * warns on the console, and drivers in software print errors of their own.
 */
export async function mayHaveHardware(
  canvas: Canvas | undefined = CANVAS,
  disk: Pick<Files, "realPath"> | undefined = files,
): Promise<boolean> {
  if (canvas === undefined) return disk === undefined || (await hasDevice(disk));
  const webgl = new canvas(1, 1).getContext("webgl2");
  if (webgl === null) return false;
  // A browser that does not name it may have any.
  const isNamed = webgl.getExtension("WEBGL_debug_renderer_info") !== null;
  const name = isNamed ? String(webgl.getParameter(RENDERER)) : "";
  const losing = webgl.getExtension("WEBGL_lose_context") as { loseContext?(): void } | null;
  losing?.loseContext?.();
  return !SOFTWARE.test(name);
}

async function hasDevice(disk: Pick<Files, "realPath">): Promise<boolean> {
  if (!globalThis.navigator?.platform?.startsWith("Linux")) return true;
  const found = await Promise.allSettled(DEVICES.map((path) => disk.realPath(path)));
  return found.some(({ status }) => status === "fulfilled");
}

function describe({ info = {}, isFallbackAdapter }: GpuAdapter): Adapter {
  const { vendor, architecture, device, description } = info;
  // Numbers are ids of PCI, or 0.
  const words = [description, vendor, architecture, device].filter(
    (word) => word !== undefined && !/^\d*$/.test(word),
  );
  return {
    name: description || words.join(" ") || "unnamed",
    isSoftware:
      (info.isFallbackAdapter ?? isFallbackAdapter ?? false) || SOFTWARE.test(words.join(" ")),
  };
}
