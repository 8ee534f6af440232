/**
 * multipart(): a form with a descriptor for each field.
 * @module
 */
import { invalidArgument, messageOf, ServiceError } from "../../error.ts";
import type { InputOf, Io, IoHost, OutputOf, Payload } from "../io.ts";
import { parsePlain } from "../json/plain.ts";
import type { MultipartSpec } from "../spec.ts";
import { describe, listNames, quote } from "../wording.ts";
import { encodeForm, type Part, parseForm } from "./form.ts";

/** A descriptor for each field of a form. */
export type Fields = Readonly<Record<string, Io<unknown, never>>>;

/** The values of a form that a handler is given. */
export type FieldsInput<F extends Fields> = { readonly [K in keyof F]: InputOf<F[K]> };

/** The values of a form that a handler returns. */
export type FieldsOutput<F extends Fields> = { readonly [K in keyof F]: OutputOf<F[K]> };

/** The descriptor that `multipart()` makes. */
export interface MultipartIo<F extends Fields = Fields>
  extends Io<FieldsInput<F>, FieldsOutput<F>> {
  readonly kind: "multipart";
  readonly spec: MultipartSpec<F>;
}

/**
 * Describes a form, like BentoML's `Multipart`: each field has its own descriptor, and the value is
 * an object with the values of all fields. The body must be `multipart/form-data` (else 415) and
 * have every field once and no other (else 400). Errors about a field name it.
 *
 * @throws TypeError at definition for a form in a form, for a field without a descriptor, and for a
 *   form without fields
 *
 * @example
 * multipart({ picture: image(), options: json(z.object({ top: z.number() })) });
 */
export function multipart<const F extends Fields>(fields: F): MultipartIo<F> {
  const entries = Object.entries<Io<unknown, never>>(fields);
  requireFields(entries);
  return {
    kind: "multipart",
    mediaType: "multipart/form-data",
    spec: { kind: "multipart", fields },
    async decode(payload: Payload, host?: IoHost): Promise<FieldsInput<F>> {
      const parts = partsByName(parseForm(payload), Object.keys(fields));
      // partsByName() has checked that every field has a part.
      const decode = (name: string, io: Io<unknown, never>): unknown => {
        const part = parts.get(name) as Part;
        const isQuoted = io.spec?.kind === "text" && host?.hasJsonText === true;
        return io.decode(isQuoted ? unquoted(part) : part, host);
      };
      return (await eachField(fields, decode)) as FieldsInput<F>;
    },
    async encode(value: FieldsOutput<F>, host?: IoHost): Promise<Payload> {
      requireValues(value, Object.keys(fields));
      const parts = await eachField(fields, async (name, io) => {
        return { ...(await io.encode(value[name] as never, host)), name };
      });
      return encodeForm(Object.values(parts));
    },
  };
}

/** Returns a part with the text that is in it as a JSON string, if it is. */
function unquoted(part: Part): Part {
  const value = parsePlain(part.bytes);
  return typeof value === "string" ? { ...part, bytes: new TextEncoder().encode(value) } : part;
}

function requireFields(entries: readonly (readonly [string, Io<unknown, never>])[]): void {
  if (entries.length === 0) throw new TypeError("multipart() needs at least one field");
  for (const [name, io] of entries) {
    if (typeof io?.decode !== "function") {
      throw new TypeError(`Field "${name}" must be a descriptor, but was ${describe(io)}`);
    }
    if (io.spec?.kind === "multipart") {
      throw new TypeError(`Field "${name}" is a form, and forms do not nest`);
    }
  }
}

/**
 * Returns the parts by name only. BentoML assigns them by position as soon as one name is missing,
 * and so swaps fields silently if a client misspells one.
 */
function partsByName(parts: readonly Part[], wanted: readonly string[]): Map<string, Part> {
  const byName = new Map(parts.map((part) => [part.name, part]));
  requireNames([...byName.keys()], wanted);
  if (parts.length > byName.size) {
    const twice = parts.filter((part) => byName.get(part.name) !== part).map(({ name }) => name);
    throw invalidArgument(
      `The form has more than one of the fields ${listNames([...new Set(twice)])}`,
    );
  }
  return byName;
}

/**
 * Checks that a caller's form has every field and no other.
 *
 * @throws ServiceError `invalid_argument` with the missing or unknown names
 */
export function requireNames(given: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !given.includes(name));
  if (missing.length > 0) {
    throw invalidArgument(
      `The form lacks the fields ${listNames(missing)}: those it has are ${listNames(given)}`,
    );
  }
  const unknown = given.filter((name) => !wanted.includes(name));
  if (unknown.length === 0) return;
  throw invalidArgument(
    `The form has unknown fields ${listNames(unknown)}: it must have ${listNames(wanted)} only`,
  );
}

/**
 * Runs `work` for every field of a form, and returns the results by the fields' names.
 *
 * @throws ServiceError or TypeError of the first field that fails, with its name
 */
export async function eachField<T>(
  fields: Fields,
  work: (name: string, io: Io<unknown, never>) => T | Promise<T>,
): Promise<Record<string, T>> {
  const made = Object.entries(fields).map(async ([name, io]) => {
    try {
      return [name, await work(name, io)] as const;
    } catch (error) {
      throw inField(name, error);
    }
  });
  return Object.fromEntries(await Promise.all(made));
}

function inField(name: string, error: unknown): unknown {
  const message = `Field ${quote(name)}: ${messageOf(error)}`;
  if (error instanceof TypeError) return new TypeError(message, { cause: error });
  if (!(error instanceof ServiceError)) return error;
  const { code, retryAfterSeconds } = error;
  const after = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return new ServiceError(code, message, { cause: error, ...after });
}

/**
 * Checks that a handler's value has every field of its form and no other.
 *
 * @throws TypeError with the missing and the unknown names
 */
export function requireValues(value: unknown, names: readonly string[]): void {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      `Cannot encode a form: it must be an object of its fields, but was ${describe(value)}`,
    );
  }
  const given = Object.keys(value);
  const missing = names.filter((name) => !given.includes(name));
  const unknown = given.filter((name) => !names.includes(name));
  if (missing.length === 0 && unknown.length === 0) return;
  throw new TypeError(
    `Cannot encode a form of the fields ${listNames(names)}: the value lacks ` +
      `${listNames(missing)} and has ${listNames(unknown)} besides`,
  );
}
