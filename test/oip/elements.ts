/** Elements of all dtypes for the tests of the codec. */
import type { DType, Tensor } from "../../src/tensor.ts";

/** Two elements of each dtype, as JSON and as the data of a tensor. */
export const ELEMENTS: Readonly<Record<DType, readonly [json: string, data: Tensor["data"]]>> = {
  bool: ["true,0", new Uint8Array([1, 0])],
  uint8: ["0,255", new Uint8Array([0, 255])],
  uint16: ["0,65535", new Uint16Array([0, 65_535])],
  uint32: ["0,4294967295", new Uint32Array([0, 2 ** 32 - 1])],
  uint64: [
    "9007199254740993,18446744073709551615",
    new BigUint64Array([2n ** 53n + 1n, 2n ** 64n - 1n]),
  ],
  int8: ["-128,127", new Int8Array([-128, 127])],
  int16: ["-32768,32767", new Int16Array([-32_768, 32_767])],
  int32: ["-2147483648,2147483647", new Int32Array([-(2 ** 31), 2 ** 31 - 1])],
  int64: [
    "-9007199254740993,9223372036854775807",
    new BigInt64Array([-(2n ** 53n) - 1n, 2n ** 63n - 1n]),
  ],
  float16: ["0.5,-65504", new Float16Array([0.5, -65_504])],
  float32: ['0.1,"NaN"', new Float32Array([0.1, Number.NaN])],
  float64: ["0.1,-Infinity", new Float64Array([0.1, Number.NEGATIVE_INFINITY])],
  string: ['"","é\\n"', ["", "é\n"]],
};
