/**
 * JsonEndpoint: a route of the Open Inference Protocol that answers a JSON document.
 * @module
 */

import { type Payload, textPayload } from "../../io/io.ts";
import { type Context, inContext } from "../../service/context.ts";
import type { Endpoint, EndpointMethod } from "../endpoint.ts";
import { oipErrorParts } from "./error-parts.ts";

/** Makes the document. @param body that of the request */
export type MakeDocument = (body: Uint8Array, context: Context) => unknown;

/** One route. */
export class JsonEndpoint implements Endpoint<Uint8Array> {
  readonly protocol = "oip";
  readonly path: string;
  readonly name: string;
  readonly method: EndpointMethod;
  readonly errorParts: Endpoint["errorParts"] = oipErrorParts;
  readonly #make: MakeDocument;

  /** @param path its path in the metrics */
  constructor(path: string, method: EndpointMethod, make: MakeDocument) {
    this.path = path;
    this.name = path;
    this.method = method;
    this.#make = make;
  }

  decode(body: Uint8Array): Uint8Array {
    return body;
  }

  handle(body: Uint8Array, context: Context): unknown {
    const made = this.#make(body, context);
    return made instanceof Promise ? inContext(made, context) : made;
  }

  encode(document: unknown): Payload {
    return textPayload(JSON.stringify(document), "application/json");
  }
}
