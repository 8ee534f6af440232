/**
 * The parts of an OpenAPI document of which BentoML's HTTP client makes methods and descriptors
 * (BentoML 1.1, `bentoml/_internal/service/openapi`).
 * @module
 */

import type { Io } from "../io/io.ts";
import { type BentomlSpec, isKnownToBentoml, specOf } from "./descriptors.ts";

/** The tag of the operations of which the client makes methods. */
const CALLABLE = "Service APIs";
/** The tag of APIs with a descriptor that BentoML does not have, which the client ignores. */
const OTHER = "Other APIs";
/** The tag of probes and metrics. */
export const INFRASTRUCTURE_TAG = "Infrastructure";

/** All tags of a document. */
export const TAGS: readonly string[] = [CALLABLE, OTHER, INFRASTRUCTURE_TAG];

/** The fields of an operation for the client. */
interface OperationFields {
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly "x-bentoml-name": string;
}

/** An API, as far as its operation depends on it. */
interface Described {
  readonly input: Io<unknown, never>;
  readonly output: Io<unknown, never>;
  readonly stream?: boolean;
}

/** Returns the client's fields of the operation of an API. */
export function operationFields(
  name: string,
  { input, output, stream }: Described,
): OperationFields {
  // The client reads a stream as one value, which is that of text alone.
  const isReadable = stream !== true || output.spec?.kind === "text";
  const isCallable = isKnownToBentoml(input) && isKnownToBentoml(output) && isReadable;
  return {
    tags: [isCallable ? CALLABLE : OTHER],
    operationId: name,
    "x-bentoml-name": name,
  };
}

/** Returns the client's field of a request's or a response's body. */
export function bodyFields(io: Io<unknown, never>): {
  readonly "x-bentoml-io-descriptor": BentomlSpec;
} {
  return { "x-bentoml-io-descriptor": specOf(io) };
}
