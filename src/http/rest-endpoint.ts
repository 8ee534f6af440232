/**
 * RestEndpoint: the route of an API, whose descriptors read and write the bodies.
 * @module
 */

import { decodeBody, takesForm } from "../io/form/form.ts";
import type { IoHost, Payload } from "../io/io.ts";
import type { Context } from "../service/context.ts";
import type { Route } from "../service/routes.ts";
import type { Service } from "../service/service.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { errorParts } from "./reply.ts";

/** The route of one API. */
export class RestEndpoint implements Endpoint {
  readonly protocol = "rest";
  readonly method = "POST";
  readonly cacheOf = "api";
  readonly path: string;
  readonly name: string;
  readonly errorParts: Endpoint["errorParts"] = errorParts;
  readonly #service: Service;
  readonly #route: Route;

  constructor(service: Service, route: Route) {
    this.#service = service;
    this.#route = route;
    this.path = route.path;
    this.name = route.name;
  }

  get itemType(): string {
    return this.#route.api.output.mediaType;
  }

  decode(bytes: Uint8Array, request: ReceivedRequest, host: IoHost): unknown {
    const { input } = this.#route.api;
    const type = request.header("content-type") ?? undefined;
    const body = new Body(bytes, type, request);
    return takesForm(input, body) ? decodeBody(input, body, host) : input.decode(body, host);
  }

  handle(input: unknown, context: Context): unknown {
    return this.#service.answer(this.#route.name, input, context);
  }

  encode(
    output: unknown,
    isItem: boolean,
    request: ReceivedRequest,
    host: IoHost,
  ): Payload | Promise<Payload> {
    const accept = isItem ? undefined : (request.header("accept") ?? undefined);
    return this.#route.api.output.encode(output, host, accept);
  }
}

/** The body of a request as a payload, whose headers few descriptors ask for. */
class Body implements Payload {
  readonly bytes: Uint8Array;
  readonly type: string | undefined;
  readonly #request: ReceivedRequest;

  constructor(bytes: Uint8Array, type: string | undefined, request: ReceivedRequest) {
    this.bytes = bytes;
    this.type = type;
    this.#request = request;
  }

  get headers(): Headers {
    return this.#request.headers;
  }
}
