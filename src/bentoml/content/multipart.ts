/**
 * Forms from and to the field `multipart`.
 * @module
 */

import type { MultipartDescriptor } from "../../io/descriptor.ts";
import { eachField, requireNames, requireValues } from "../../io/form/multipart.ts";
import type { Io } from "../../io/io.ts";
import type { MultipartMessage, PartContent, PartInit } from "./message.ts";

/**
 * The values a handler is given, by the names of the fields.
 *
 * @param decodePart makes the value of one field
 * @throws ServiceError `invalid_argument` for missing and unknown fields, and what `decodePart`
 *   throws, with the name of the field
 */
export async function decodeMultipart(
  { fields }: MultipartMessage,
  descriptor: MultipartDescriptor,
  decodePart: (io: Io<unknown, never>, part: PartContent) => unknown | Promise<unknown>,
): Promise<unknown> {
  requireNames(Object.keys(fields), Object.keys(descriptor.fields));
  return await eachField(descriptor.fields, (name, io) =>
    decodePart(io, fields[name]?.representation ?? { case: undefined }),
  );
}

/**
 * The message of a handler's values.
 *
 * @param encodePart makes the message of one field
 * @throws TypeError for missing and unknown fields, and what `encodePart` throws, with the name
 */
export async function encodeMultipart(
  value: unknown,
  { fields }: MultipartDescriptor,
  encodePart: (io: Io<unknown, never>, value: unknown) => PartInit | Promise<PartInit>,
): Promise<{
  case: "multipart";
  value: { fields: Record<string, { representation: PartInit }> };
}> {
  requireValues(value, Object.keys(fields));
  const made = await eachField(fields, async (name, io) => {
    const field = (value as Readonly<Record<string, unknown>>)[name];
    return { representation: await encodePart(io, field) };
  });
  return { case: "multipart", value: { fields: made } };
}
