/**
 * Components: the parts of an OpenAPI document that several operations share. A part is in the
 * document if an operation refers to it.
 * @module
 */

import { CODES } from "../../error.ts";
import { LANES } from "../../runner/call-options.ts";
import type { Definitions, JsonSchema } from "../../schema/json-schema.ts";
import { DTYPES } from "../../tensor.ts";

/** A reference to a component. */
export interface Ref {
  readonly $ref: string;
}

/** The name of a header of requests. */
export type ParameterName =
  | "RequestTimeout"
  | "Lane"
  | "RequestId"
  | "IfModel"
  | "Explain"
  | "IfNoneMatch"
  | "Dtype"
  | "Shape";

/** The name of a header of answers. */
export type HeaderName =
  | "X-Request-Id"
  | "Retry-After"
  | "WWW-Authenticate"
  | "RateLimit-Limit"
  | "RateLimit-Remaining"
  | "RateLimit-Reset"
  | "Ekiben-Model"
  | "Ekiben-Explain"
  | "Ekiben-Dtype"
  | "Ekiben-Shape"
  | "ETag"
  | "Cache-Control"
  | "Vary"
  | "Content-Disposition";

interface Described {
  readonly description: string;
  readonly schema: JsonSchema;
}

interface Parameter extends Described {
  readonly name: string;
  readonly example?: string;
}

const TEXT: JsonSchema = { type: "string" };
const COUNT: JsonSchema = { type: "integer", minimum: 0 };

/** The headers of requests. */
const PARAMETERS: Readonly<Record<ParameterName, Parameter>> = {
  RequestTimeout: {
    name: "Request-Timeout",
    description:
      "The time that the caller will wait, in seconds, such as 30 or 2.5. Less than a second is " +
      "possible, too, also as 200ms",
    schema: { type: "string", pattern: "^[1-9][0-9]{0,4}([.][0-9]{1,3})?s?$" },
  },
  Lane: {
    name: "Ekiben-Lane",
    description: "The priority of the request",
    schema: { type: "string", enum: LANES },
  },
  RequestId: {
    name: "X-Request-Id",
    description: "The id of the request, for the log; one is made without it",
    schema: TEXT,
  },
  IfModel: {
    name: "If-Model",
    description:
      "The model that may answer, as Ekiben-Model names it; it may be a list, or *. " +
      "412 if another would answer",
    schema: { type: "string", pattern: "^([*]|([^@, ]+@)?sha256:[0-9a-f]{64})$" },
    example: "*",
  },
  Explain: {
    name: "Ekiben-Explain",
    description: "1 for a header that names the batches of the request",
    schema: TEXT,
    example: "1",
  },
  IfNoneMatch: {
    name: "If-None-Match",
    description: "The ETag of an answer that the caller has",
    schema: TEXT,
  },
  Dtype: {
    name: "Ekiben-Dtype",
    description: "The dtype of a body of application/octet-stream",
    schema: { type: "string", enum: DTYPES.filter((dtype) => dtype !== "string") },
  },
  Shape: {
    name: "Ekiben-Shape",
    description: "The shape of a body of application/octet-stream, such as 2, 3",
    schema: { type: "string", pattern: "^[0-9]{1,9}(, ?[0-9]{1,9}){0,63}$" },
  },
};

/** The headers of answers. */
const HEADERS: Readonly<Record<HeaderName, Described>> = {
  "X-Request-Id": { description: "The id of the request", schema: TEXT },
  "Retry-After": {
    description: "The seconds after which the request may succeed",
    schema: COUNT,
  },
  "WWW-Authenticate": { description: "How to show who one is", schema: TEXT },
  "RateLimit-Limit": { description: "The requests that may come at once", schema: COUNT },
  "RateLimit-Remaining": { description: "Those of them that are left", schema: COUNT },
  "RateLimit-Reset": {
    description: "The seconds after which all of them are there again",
    schema: COUNT,
  },
  "Ekiben-Model": {
    description: "The models that have answered: name@sha256:digest, with commas between",
    schema: TEXT,
  },
  "Ekiben-Explain": {
    description: "The batches of the request, if Ekiben-Explain asks for them",
    schema: TEXT,
  },
  "Ekiben-Dtype": { description: "The dtype of raw elements", schema: TEXT },
  "Ekiben-Shape": { description: "The shape of raw elements", schema: TEXT },
  ETag: { description: "The tag of the answer, for If-None-Match", schema: TEXT },
  "Cache-Control": { description: "Who may keep the answer, and how long", schema: TEXT },
  Vary: { description: "The headers that the answer depends on", schema: TEXT },
  "Content-Disposition": { description: "The name of the file", schema: TEXT },
};

/** The schema of the body of an error. */
const ERROR: JsonSchema = {
  type: "object",
  properties: {
    error: { type: "string", description: "What was given, and what was wanted" },
    code: { type: "string", enum: CODES },
    request_id: TEXT,
  },
  required: ["error", "code", "request_id"],
};

/** The schema of the body of an error of the Open Inference Protocol. */
const OIP_ERROR: JsonSchema = {
  type: "object",
  properties: { error: TEXT },
  required: ["error"],
};

/** The form of an error: of REST, or of the Open Inference Protocol. */
export type ErrorForm = "Error" | "InferenceError";

/** Collects the components of a document. */
export class Components {
  /** The headers of answers where rates are limited; none where they are not. */
  readonly rateHeaders: readonly HeaderName[];
  readonly #definitions: Definitions;
  readonly #parameters = new Map<string, object>();
  readonly #headers = new Map<string, object>();
  readonly #responses = new Map<string, object>();

  constructor(definitions: Definitions, rateHeaders: readonly HeaderName[]) {
    this.#definitions = definitions;
    this.rateHeaders = rateHeaders;
  }

  /** Returns all components; the kinds of which there are none are left out. */
  all(securitySchemes: object): object {
    const kinds = {
      securitySchemes,
      schemas: this.#definitions.all,
      responses: Object.fromEntries(this.#responses),
      parameters: Object.fromEntries(this.#parameters),
      headers: Object.fromEntries(this.#headers),
    };
    return Object.fromEntries(
      Object.entries(kinds).filter(([, each]) => Object.keys(each).length > 0),
    );
  }

  /** Returns a header of requests. */
  parameter(name: ParameterName): Ref {
    this.#parameters.set(name, { ...PARAMETERS[name], in: "header" });
    return { $ref: `#/components/parameters/${name}` };
  }

  /** Returns headers of answers, by their names. */
  headers(...names: readonly HeaderName[]): Readonly<Record<string, Ref>> {
    const refs = names.map((name) => {
      this.#headers.set(name, HEADERS[name]);
      return [name, { $ref: `#/components/headers/${name}` }] as const;
    });
    return Object.fromEntries(refs);
  }

  /** Returns a schema by its name. */
  schema(name: string, schema: JsonSchema): JsonSchema {
    return this.#definitions.define(name, () => schema);
  }

  /** Returns the answer of an error, which has a name of its own. */
  error(name: string, description: string, form: ErrorForm, more: readonly HeaderName[] = []): Ref {
    const schema = this.schema(form, form === "Error" ? ERROR : OIP_ERROR);
    const headers = this.headers("X-Request-Id", ...more);
    const content = { "application/json": { schema } };
    this.#responses.set(name, { description, headers, content });
    return { $ref: `#/components/responses/${name}` };
  }
}
