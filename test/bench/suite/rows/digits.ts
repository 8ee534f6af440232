/** Requests for the digits of examples/mnist: a PNG, and the same pixels as a JSON array. */
import { readFileSync } from "node:fs";
import { decode } from "fast-png";
import type { RuntimeName } from "../../runtimes.ts";
import type { Load } from "../load/load.ts";
import type { Post } from "../load/wrk.ts";
import { bare, ekiben } from "../programs.ts";
import type { Variant } from "../servers.ts";

export const MNIST_SERVICE = "examples/mnist/service.ts";

const png = new Uint8Array(
  readFileSync(new URL("../../../../examples/mnist/digits/digit-3-a.png", import.meta.url)),
);
const pixels = Array.from(decode(png).data, (byte) => byte / 255);
const lines = Array.from({ length: 28 }, (_, y) => pixels.slice(28 * y, 28 * y + 28));

function requireThree(scores: readonly number[] | undefined): void {
  const best = scores?.indexOf(Math.max(...scores));
  if (best !== 3) throw new Error(`The digit is 3, but was read as ${best}`);
}

export const PNG: Post = {
  path: "/predict",
  type: "image/png",
  body: png,
  check: (answer) => requireThree(JSON.parse(answer).scores),
};

/** Returns the two servers of digits, on native ONNX Runtime, under the same load. */
export function digitServers(
  runtime: RuntimeName,
  load: Load,
): Readonly<Record<"ekiben" | "byHand", Variant>> {
  return {
    ekiben: { program: ekiben(runtime, MNIST_SERVICE, ["--backend", "native"]), load },
    byHand: { program: bare(runtime, "hono-mnist"), load },
  };
}

/** [1, 1, 28, 28]. */
export const NDARRAY: Post = {
  path: "/classify",
  type: "application/json",
  body: JSON.stringify([[lines]]),
  check: (answer) => requireThree(JSON.parse(answer)[0]),
};

/** [8, 1, 28, 28], as JSON and as the elements alone. The answer is [8, 10]. */
export const eightDigits = {
  json: {
    ...NDARRAY,
    body: JSON.stringify(Array.from({ length: 8 }, () => [lines])),
    check: (answer) => requireThree(JSON.parse(answer)[7]),
  },
  elements: {
    ...NDARRAY,
    type: "application/octet-stream",
    body: new Uint8Array(Float32Array.from(Array(8).fill(pixels).flat()).buffer),
    check: (answer) => requireThree(JSON.parse(answer)[7]),
  },
} as const satisfies Record<string, Post>;
