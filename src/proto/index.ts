/**
 * The proto file of a service: its text, its descriptor, and the values of its messages.
 * @module
 */

export { descriptorOf } from "./descriptor.ts";
export { type ProtoFile, type ProtoMethod, protoFile } from "./proto-file.ts";
export { protoText } from "./text.ts";
