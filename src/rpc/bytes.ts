/**
 * Bytes that come in pieces.
 * @module
 */

export { joinBytes as join } from "../io/bytes.ts";
