/**
 * The tags of the fields of the messages of an inference: each is the number of a field, shifted
 * by 3, and its wire type.
 * https://protobuf.dev/programming-guides/encoding/#structure
 * @module
 */

/** The wire type of strings, bytes, messages, and numbers that are packed. */
const PART = 2;

const part = (field: number): number => (field << 3) | PART;

/** The fields of `ModelInferRequest` and, up to `id` and `parameters`, of `ModelInferResponse`. */
export const MODEL_NAME: number = part(1);
export const MODEL_VERSION: number = part(2);
export const ID: number = part(3);
export const PARAMETERS: number = part(4);
export const INPUTS: number = part(5);
export const REQUESTED_OUTPUTS: number = part(6);
export const RAW_INPUTS: number = part(7);

/** The further fields of `ModelInferResponse`. */
export const OUTPUTS: number = part(5);
export const RAW_OUTPUTS: number = part(6);

/** The fields of an input and of an output. */
export const NAME: number = part(1);
export const DATATYPE: number = part(2);
export const SHAPE: number = part(3);
export const TENSOR_PARAMETERS: number = part(4);
export const CONTENTS: number = part(5);

/** The parameters of an output that is asked for. */
export const OUTPUT_PARAMETERS: number = part(2);

/** The fields of an entry of a map. */
export const KEY: number = part(1);
export const VALUE: number = part(2);

/** The fields of `InferParameter`. */
export const BOOL_PARAMETER = 0x08;
export const INT64_PARAMETER = 0x10;
export const STRING_PARAMETER: number = part(3);
export const DOUBLE_PARAMETER = 0x21;
export const UINT64_PARAMETER = 0x28;

/** The fields of `InferTensorContents`. */
export const BOOLS: number = part(1);
export const INTS: number = part(2);
export const INT64S: number = part(3);
export const UINTS: number = part(4);
export const UINT64S: number = part(5);
export const FLOATS: number = part(6);
export const DOUBLES: number = part(7);
export const BYTES: number = part(8);
