import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Canvas,
  findAdapter,
  type GpuNavigator,
  mayHaveHardware,
} from "../../../src/onnx/webgpu/adapter.ts";

type Found = Awaited<ReturnType<NonNullable<GpuNavigator["gpu"]>["requestAdapter"]>>;

const giving = (adapter: Found): GpuNavigator => ({ gpu: { requestAdapter: async () => adapter } });

test("findAdapter() describes the adapter, and recognises those in software", async () => {
  const adapters: readonly [NonNullable<Found>, string, boolean][] = [
    [{ info: { vendor: "nvidia", architecture: "ampere" } }, "nvidia ampere", false],
    [{ info: { vendor: "4318", device: "9348", description: "RTX A2000" } }, "RTX A2000", false],
    [{ info: { vendor: "google", architecture: "swiftshader" } }, "google swiftshader", true],
    [
      { info: { vendor: "65541", device: "0", description: "llvmpipe (LLVM 15)" } },
      "llvmpipe (LLVM 15)",
      true,
    ],
    [
      { info: { description: "Microsoft Basic Render Driver" } },
      "Microsoft Basic Render Driver",
      true,
    ],
    [{ info: { vendor: "acme", isFallbackAdapter: true } }, "acme", true],
    [{ info: { vendor: "" }, isFallbackAdapter: true }, "unnamed", true],
    [{}, "unnamed", false],
  ];
  for (const [adapter, name, isSoftware] of adapters) {
    assert.deepEqual(await findAdapter(giving(adapter)), { name, isSoftware });
  }
});

test("findAdapter() returns why there is none", async () => {
  const none = /^this runtime has no navigator\.gpu/;
  const failing = { gpu: { requestAdapter: () => Promise.reject(new Error("no Vulkan")) } };
  for (const [navigator, reason] of [
    [{}, none],
    [{ gpu: undefined }, none],
    [giving(null), /^there is no GPU adapter: check the driver$/],
    [failing, /^there is no GPU adapter: no Vulkan$/],
  ] as const) {
    const found = await findAdapter(navigator);
    assert.match(typeof found === "string" ? found : "an adapter", reason);
  }
});

/** A canvas whose WebGL names its renderer, does not name it, or is not there. */
function canvasOf(renderer: string | undefined | null): Canvas {
  const webgl = {
    getExtension: (name: string) =>
      name === "WEBGL_lose_context" ? {} : renderer === undefined ? null : {},
    getParameter: () => renderer,
  };
  return class {
    getContext = () => (renderer === null ? null : webgl);
  };
}

test("mayHaveHardware() asks WebGL for its renderer, where there is a canvas", async () => {
  for (const [renderer, may] of [
    ["ANGLE (NVIDIA GeForce RTX 3060)", true],
    ["Apple GPU", true],
    [undefined, true],
    [null, false],
    ["ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)))", false],
    ["llvmpipe (LLVM 15.0.6, 256 bits)", false],
    ["Microsoft Basic Render Driver", false],
  ] as const) {
    assert.equal(await mayHaveHardware(canvasOf(renderer)), may, String(renderer));
  }
});

test("mayHaveHardware() looks for a device where there is no canvas, as on servers", async () => {
  for (const [device, may] of [
    ["/dev/dri", true],
    ["/dev/nvidiactl", true],
    ["/dev/null", false],
  ] as const) {
    const realPath = async (path: string): Promise<string> => {
      if (path === device) return path;
      throw new Error("no such file");
    };
    const isElsewhere = !navigator.platform.startsWith("Linux");
    assert.equal(await mayHaveHardware(undefined, { realPath }), may || isElsewhere, device);
  }
});
