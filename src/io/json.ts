/**
 * json(): a body that is a JSON text, checked by a schema where one is given.
 * @module
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Io, Payload } from "./io.ts";
import { invalidJson, parseJson, stringifyJson } from "./json-text.ts";
import { cut, describe, formatPath } from "./wording.ts";

/** Problems that one answer lists, at most. */
const MAX_ISSUES = 10;
/** Characters of one problem, at most: schemas quote the names that a caller sent. */
const MAX_ISSUE_LENGTH = 300;

/**
 * A descriptor for JSON, as BentoML's `JSON`. The content type is ignored, because `curl -d`
 * sends another one. NaN, Infinity and BigInt in a handler's value are a TypeError: JSON has no
 * word for them, and `JSON.stringify` would turn the first two into `null`.
 *
 * @typeParam T what the handler takes or returns; it is not checked without a schema
 */
export function json<T = unknown>(): Io<T>;
/**
 * A descriptor for JSON that a schema checks: zod, valibot, arktype or any other Standard Schema
 * (https://standardschema.dev), synchronous or not.
 *
 * What crosses the wire is the schema's *input*, both ways. `decode` gives the handler its
 * output, with defaults and transforms applied; what does not fit is `invalid_argument` (400)
 * with the path of each problem. `encode` checks a handler's value in the same way and sends it
 * as it is; what does not fit is a TypeError.
 *
 * @example
 * json(z.object({ text: z.string(), labels: z.array(z.string()).max(10) }));
 */
export function json<S extends StandardSchemaV1>(
  schema: S,
): Io<StandardSchemaV1.InferOutput<S>, StandardSchemaV1.InferInput<S>>;
export function json(schema?: StandardSchemaV1): Io {
  if (schema !== undefined && typeof schema?.["~standard"]?.validate !== "function") {
    throw new TypeError(
      `json() takes a Standard Schema (zod, valibot, …) or nothing, but got ${describe(schema)}`,
    );
  }
  const accept = (value: unknown): unknown | Promise<unknown> =>
    schema === undefined ? value : validated(value, schema);
  const id = "bentoml.io.JSON";
  // A schema is here what a pydantic model is to BentoML: clients learn that there is one.
  const args = { has_pydantic_model: schema !== undefined, has_json_encoder: false };
  return {
    id,
    mediaType: "application/json",
    descriptor: { id, args, accept },
    decode: async ({ bytes }: Payload): Promise<unknown> => await accept(parseJson(bytes)),
    async encode(value: unknown): Promise<Payload> {
      const result = await schema?.["~standard"].validate(value);
      if (result?.issues !== undefined) {
        throw new TypeError(
          `Cannot encode as JSON: the value does not fit its schema: ` +
            formatIssues(result.issues),
        );
      }
      return { bytes: stringifyJson(value), type: "application/json" };
    },
  };
}

async function validated(value: unknown, schema: StandardSchemaV1): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues !== undefined) throw invalidJson(formatIssues(result.issues));
  return result.value;
}

function formatIssues(issues: readonly StandardSchemaV1.Issue[]): string {
  const lines = issues.slice(0, MAX_ISSUES).map(({ message, path = [] }) => {
    const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
    const said = cut(message, MAX_ISSUE_LENGTH);
    return keys.length === 0 ? said : `${formatPath(keys)}: ${said}`;
  });
  if (issues.length > MAX_ISSUES) lines.push(`and ${issues.length - MAX_ISSUES} more`);
  return lines.join("; ");
}
