/**
 * selfTest(): finds out whether a backend works here, by a small model.
 * @module
 */

import type { Backend } from "./backend.ts";

/**
 * y = x + x over float32 [2], as an ONNX model (IR 8, opset 13) by the field numbers of onnx.proto.
 */
const DOUBLE = Uint8Array.from(
  atob("CAg6NgoOCgF4CgF4EgF5IgNBZGQSAnN0Wg8KAXgSCgoICAESBAoCCAJiDwoBeRIKCggIARIECgIIAkIECgAQDQ=="),
  (character) => character.charCodeAt(0),
);

/**
 * Loads a backend and runs a small model on it, so that a library of the wrong platform or a
 * broken install is found before the backend is chosen.
 *
 * @throws Error with the reason
 */
export async function selfTest({ name, open }: Backend): Promise<void> {
  const model = {
    bytes: DOUBLE,
    facts: undefined,
    path: undefined,
    readExternalFiles: async () => [],
    digest: async () => undefined,
  };
  const session = await open(model, { threads: 1 });
  try {
    const x = { dtype: "float32", shape: [2], data: Float32Array.of(1.5, -2) } as const;
    const { y } = await session.run({ x }, ["y"]);
    if (y?.data[0] === 3 && y.data[1] === -4) return;
    throw new Error(`the backend "${name}" computed [1.5, -2] x 2 as [${y?.data}]`);
  } finally {
    await session.close();
  }
}
