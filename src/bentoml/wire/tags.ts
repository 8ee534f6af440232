/**
 * The tags of the messages within BentoML's `Request` and `Response`: each is the number of a
 * field, shifted by 3, and its wire type.
 * https://protobuf.dev/programming-guides/encoding/#structure
 * @module
 */

/** The fields of BentoML's `File`, and of `google.protobuf.StringValue`. */
export const FILE_CONTENT = 0x12;
export const FILE_KIND = 0x1a;
export const TEXT_VALUE = 0x0a;

/** The fields of BentoML's `NDArray`. */
export const DTYPE = 0x08;
export const SHAPE = 0x12;
export const FLOATS = 0x1a;
export const DOUBLES = 0x22;
