/**
 * multipart(): a form with a descriptor for each field.
 * @module
 */
import { invalidArgument, messageOf, ServiceError } from "../error.ts";
import { encodeForm, type Part, parseForm } from "./form.ts";
import type { InputOf, Io, IoHost, OutputOf, Payload } from "./io.ts";
import { describe, listNames, quote } from "./wording.ts";

const ID = "bentoml.io.Multipart";

/** A descriptor for each field of a form. */
export type Fields = Readonly<Record<string, Io<unknown, never>>>;

/** The values that a handler is given for a form. */
export type FieldsInput<F extends Fields> = { readonly [K in keyof F]: InputOf<F[K]> };

/** The values that a handler returns for a form. */
export type FieldsOutput<F extends Fields> = { readonly [K in keyof F]: OutputOf<F[K]> };

/**
 * A descriptor for a form, as BentoML's `Multipart`: each field has a descriptor of its own, and
 * the value is an object of theirs. The body must be `multipart/form-data` (else 415) and have
 * every field once and no other (else 400). What is wrong with a field says its name.
 *
 * @throws TypeError at definition for a form in a form, for what is no descriptor, or no fields
 *
 * @example
 * multipart({ picture: image(), options: json(z.object({ top: z.number() })) });
 */
export function multipart<const F extends Fields>(fields: F): Io<FieldsInput<F>, FieldsOutput<F>> {
  const entries = Object.entries<Io<unknown, never>>(fields);
  requireFields(entries);
  return {
    id: ID,
    mediaType: "multipart/form-data",
    async decode(payload: Payload, host?: IoHost): Promise<FieldsInput<F>> {
      const parts = partsByName(parseForm(payload), fields);
      const values = await Promise.all(
        entries.map(async ([name, io]) => {
          // partsByName() has seen to it that every field has a part.
          const value = await decodeField(name, io, parts.get(name) as Part, host);
          return [name, value] as const;
        }),
      );
      return Object.fromEntries(values) as FieldsInput<F>;
    },
    async encode(value: FieldsOutput<F>, host?: IoHost): Promise<Payload> {
      requireValues(value, Object.keys(fields));
      const parts = entries.map(([name, io]) => encodeField(name, io, value[name] as never, host));
      return encodeForm(await Promise.all(parts));
    },
  };
}

function requireFields(entries: readonly (readonly [string, Io<unknown, never>])[]): void {
  if (entries.length === 0) throw new TypeError("multipart() needs at least one field");
  for (const [name, io] of entries) {
    if (typeof io?.decode !== "function") {
      throw new TypeError(`Field "${name}" must be a descriptor, but was ${describe(io)}`);
    }
    if (io.id === ID) throw new TypeError(`Field "${name}" is a form, and forms do not nest`);
  }
}

/**
 * By name only. BentoML goes by position as soon as one name is missing, and so swaps fields
 * without a word when a client misspells one.
 */
function partsByName(parts: readonly Part[], fields: Fields): Map<string, Part> {
  const wanted = Object.keys(fields);
  const byName = new Map(parts.map((part) => [part.name, part]));
  const missing = wanted.filter((name) => !byName.has(name));
  if (missing.length > 0) {
    throw invalidArgument(
      `The form lacks the fields ${listNames(missing)}: ` +
        `those it has are ${listNames([...byName.keys()])}`,
    );
  }
  const unknown = [...byName.keys()].filter((name) => !Object.hasOwn(fields, name));
  if (unknown.length > 0) {
    throw invalidArgument(
      `The form has unknown fields ${listNames(unknown)}: it must have ${listNames(wanted)} only`,
    );
  }
  if (parts.length > byName.size) {
    const twice = parts.filter((part) => byName.get(part.name) !== part).map(({ name }) => name);
    throw invalidArgument(
      `The form has more than one of the fields ${listNames([...new Set(twice)])}`,
    );
  }
  return byName;
}

async function decodeField(
  name: string,
  io: Io<unknown, never>,
  part: Part,
  host: IoHost | undefined,
): Promise<unknown> {
  try {
    return await io.decode(part, host);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, retryAfterSeconds } = error;
    throw new ServiceError(code, `Field ${quote(name)}: ${error.message}`, {
      cause: error,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  }
}

async function encodeField(
  name: string,
  io: Io<unknown, never>,
  value: never,
  host: IoHost | undefined,
): Promise<Part> {
  try {
    return { ...(await io.encode(value, host)), name };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(`Field ${quote(name)}: ${messageOf(error)}`, { cause: error });
  }
}

function requireValues(value: unknown, names: readonly string[]): void {
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
