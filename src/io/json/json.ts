/**
 * json(): a body that is a JSON text, optionally checked by a schema.
 * @module
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Io, type IoHost, type Payload, textPayload } from "../io.ts";
import { describe, excerpt, formatPath, quote } from "../wording.ts";
import { invalidJson } from "./error.ts";
import type { JsonReading } from "./reader.ts";
import { jsonText, readJson } from "./text.ts";

/** The most problems that one answer lists. */
const MAX_ISSUES = 10;
/** The most characters of one problem: schemas quote the names that a caller sent. */
const MAX_ISSUE_LENGTH = 300;

/** The options of `json()`. */
export interface JsonOptions {
  /**
   * Reads whole numbers beyond ±(2^53-1) as BigInts (`true`) or as the nearest doubles
   * (`"number"`). By default, one that no double is equal to is `invalid_argument` (400).
   */
  readonly bigIntegers?: boolean | "number" | undefined;
}

/** The descriptor that `json()` makes. */
export interface JsonIo<In = unknown, Out = In> extends Io<In, Out> {
  readonly kind: "json";
}

/**
 * Describes JSON, like BentoML's `JSON`. The content type is ignored, because `curl -d` sends
 * another one. NaN and Infinity in a handler's value are a TypeError: JSON has no word for them,
 * and `JSON.stringify` would turn them into `null`. BigInts are written as integers; over gRPC,
 * whose JSON has doubles only, as strings of digits where a double would be another number.
 *
 * @typeParam T the type that the handler takes or returns; it is not checked without a schema
 *
 * @example
 * json<{ id: number | bigint }>({ bigIntegers: true }); // {"id": 9007199254740993} is exact
 */
export function json<T = unknown>(options?: JsonOptions): JsonIo<T>;
/**
 * Describes JSON with a schema: zod, valibot, arktype or any other Standard Schema
 * (https://standardschema.dev), synchronous or not.
 *
 * Bodies are the schema's *input*, in both directions. A handler is given the schema's output, with
 * defaults and transforms applied; a body that does not fit is `invalid_argument` (400) with the
 * path of each problem. A handler's value is checked by the schema, and sent unchanged; one that
 * does not fit is a TypeError.
 *
 * @example
 * json(z.object({ text: z.string(), labels: z.array(z.string()).max(10) }));
 */
export function json<S extends StandardSchemaV1>(
  schema: S,
  options?: JsonOptions,
): JsonIo<StandardSchemaV1.InferOutput<S>, StandardSchemaV1.InferInput<S>>;
export function json(first?: StandardSchemaV1 | JsonOptions, second?: JsonOptions): JsonIo {
  const schema = isSchema(first) ? first : undefined;
  const options = (schema === undefined ? first : second) as JsonOptions | undefined;
  const reading = readingOf(options);
  const convert = (value: unknown): unknown | Promise<unknown> =>
    schema === undefined ? value : validated(value, schema);
  const toJson = (value: unknown): unknown | Promise<unknown> =>
    schema === undefined ? value : fitting(value, schema);
  return {
    kind: "json",
    mediaType: "application/json",
    spec: { kind: "json", schema, bigIntegers: options?.bigIntegers === true, convert, toJson },
    decode: async ({ bytes }: Payload, host?: IoHost): Promise<unknown> =>
      await convert(await readJson(bytes, reading, host)),
    async encode(value: unknown): Promise<Payload> {
      return textPayload(jsonText(await toJson(value)), "application/json");
    },
  };
}

function isSchema(value: unknown): value is StandardSchemaV1 {
  return (
    typeof (value as Partial<StandardSchemaV1> | undefined)?.["~standard"]?.validate === "function"
  );
}

/** @throws TypeError for anything but a schema or options */
function readingOf(options: JsonOptions | undefined): JsonReading {
  const wanted = "json() takes a Standard Schema (zod, valibot, …), options or nothing";
  if (options !== undefined && (typeof options !== "object" || options === null)) {
    throw new TypeError(`${wanted}, but got ${describe(options)}`);
  }
  const unknown = Object.keys(options ?? {}).find((key) => key !== "bigIntegers");
  if (unknown !== undefined) {
    throw new TypeError(`${wanted}, but got an object with ${quote(unknown)}`);
  }
  const { bigIntegers = false } = options ?? {};
  if (bigIntegers === false) return {};
  if (bigIntegers === true) return { bigIntegers: "bigint" };
  if (bigIntegers === "number") return { bigIntegers };
  throw new TypeError(
    `bigIntegers must be true, false or "number", but was ${describe(bigIntegers)}`,
  );
}

async function validated(value: unknown, schema: StandardSchemaV1): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues !== undefined) throw invalidJson(formatIssues(result.issues));
  return result.value;
}

/** Checks a handler's value, and returns it unchanged. */
async function fitting(value: unknown, schema: StandardSchemaV1): Promise<unknown> {
  const { issues } = await schema["~standard"].validate(value);
  if (issues === undefined) return value;
  throw new TypeError(
    `Cannot encode as JSON: the value does not fit its schema: ${formatIssues(issues)}`,
  );
}

function formatIssues(issues: readonly StandardSchemaV1.Issue[]): string {
  const lines = issues.slice(0, MAX_ISSUES).map(({ message, path = [] }) => {
    const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
    const text = excerpt(message, MAX_ISSUE_LENGTH);
    // ArkType's messages begin with the path.
    const where = formatPath(keys);
    return keys.length === 0 || text.startsWith(`${where} `) ? text : `${where}: ${text}`;
  });
  if (issues.length > MAX_ISSUES) lines.push(`and ${issues.length - MAX_ISSUES} more`);
  return lines.join("; ");
}
