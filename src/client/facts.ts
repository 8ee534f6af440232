/**
 * The APIs of a service as its document describes them: their paths and descriptors.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { IoFacts } from "../schema/io-facts.ts";

/** One API. */
export interface ApiFacts {
  readonly name: string;
  readonly path: string;
  readonly input: IoFacts;
  /** The media type of a request body, for descriptors that this client does not know. */
  readonly inputType: string;
  readonly output: IoFacts;
  /** True for an API that always answers with a stream. */
  readonly isStream: boolean;
}

/** The parts of a document that clients read. */
interface Document {
  readonly paths?: Readonly<Record<string, { readonly post?: Operation }>>;
}

interface Operation {
  readonly "x-bentoml-name"?: string;
  readonly requestBody?: {
    readonly "x-ekiben-io"?: IoFacts;
    readonly content?: Readonly<Record<string, unknown>>;
  };
  readonly responses?: Readonly<Record<string, Answer>>;
}

interface Answer {
  readonly "x-ekiben-io"?: IoFacts;
  readonly content?: Readonly<Record<string, unknown>>;
}

/**
 * Returns the APIs of a document by their names, but for those that do not say what they take: the
 * document may be of another kind of service.
 */
export function apisOf(document: unknown): ReadonlyMap<string, ApiFacts> {
  const apis = new Map<string, ApiFacts>();
  for (const [path, { post }] of Object.entries((document as Document).paths ?? {})) {
    const name = post?.["x-bentoml-name"];
    const input = post?.requestBody?.["x-ekiben-io"];
    const { "x-ekiben-io": output, content = {} } = post?.responses?.["200"] ?? {};
    if (name === undefined || input === undefined || output === undefined) continue;
    const [inputType = "*/*"] = Object.keys(post?.requestBody?.content ?? {});
    apis.set(name, {
      name,
      path,
      input,
      inputType,
      output,
      isStream: "text/event-stream" in content,
    });
  }
  return apis;
}

/** @throws ServiceError `not_found` for an API that the service does not have */
export function apiOf(apis: ReadonlyMap<string, ApiFacts>, name: string): ApiFacts {
  const api = apis.get(name);
  if (api !== undefined) return api;
  const names = [...apis.keys()].join(", ");
  throw new ServiceError("not_found", `The service has no API "${name}": it has ${names}`);
}
