/**
 * Forms from and to the field `multipart`.
 * @module
 */

import { eachField, requireNames, requireValues } from "../../io/form/multipart.ts";
import type { Io } from "../../io/io.ts";
import type { MultipartSpec } from "../../io/spec.ts";
import type { MultipartMessage, RequestPart, ResponsePart } from "./message.ts";

/**
 * Decodes the fields of a form, and returns their values by name.
 *
 * @param decodePart decodes one field
 * @throws ServiceError `invalid_argument` for missing and unknown fields, and the errors of
 *   `decodePart`, with the name of the field
 */
export async function decodeMultipart(
  { fields }: MultipartMessage,
  spec: MultipartSpec,
  decodePart: (io: Io<unknown, never>, part: RequestPart) => unknown | Promise<unknown>,
): Promise<unknown> {
  requireNames(Object.keys(fields), Object.keys(spec.fields));
  return await eachField(spec.fields, (name, io) =>
    decodePart(io, fields[name]?.representation ?? { case: undefined }),
  );
}

/**
 * Encodes a handler's values.
 *
 * @param encodePart encodes one field
 * @throws TypeError for missing and unknown fields, and the errors of `encodePart`, with the name
 *   of the field
 */
export async function encodeMultipart(
  value: unknown,
  { fields }: MultipartSpec,
  encodePart: (io: Io<unknown, never>, value: unknown) => ResponsePart | Promise<ResponsePart>,
): Promise<{
  case: "multipart";
  value: { fields: Record<string, { representation: ResponsePart }> };
}> {
  requireValues(value, Object.keys(fields));
  const made = await eachField(fields, async (name, io) => {
    const field = (value as Readonly<Record<string, unknown>>)[name];
    return { representation: await encodePart(io, field) };
  });
  return { case: "multipart", value: { fields: made } };
}
