/**
 * Reads runs of numbers from JSON text into elements: AssemblyScript (https://assemblyscript.org),
 * compiled to WebAssembly by `bun run wasm` into `src/io/json/number-runs-wasm.ts`.
 *
 * Up to eight digits are read at a time from 64 bits (D. Lemire, "Quickly parsing eight digits",
 * 2018). A decimal m·10^e is the sum of three products in double precision, and is only used if
 * the bound of their error cannot change the rounding; `number-runs.ts` has the powers of ten.
 */

export { input, output, powers, shape, state } from "./memory";
export { readAll } from "./nested";
export { isPlain } from "./plain";
export { read } from "./run";
