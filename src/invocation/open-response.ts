/**
 * OpenResponse: the status, headers and trailers of an answer, until it is sent.
 * @module
 */

import { EKIBEN_MODEL } from "../runner/used-model.ts";
import type { ContextResponse } from "../service/context.ts";

/** The status, headers and trailers of an answer. Most small calls set none. */
export class OpenResponse implements ContextResponse {
  status = 200;
  #headers: Headers | undefined;
  #trailers: Headers | undefined;
  #model: string | undefined;

  get headers(): Headers {
    if (this.#headers === undefined) {
      this.#headers = new Headers();
      if (this.#model !== undefined) this.#headers.set(EKIBEN_MODEL, this.#model);
    }
    return this.#headers;
  }

  get trailers(): Headers {
    this.#trailers ??= new Headers();
    return this.#trailers;
  }

  /** The headers, if there are any. */
  get madeHeaders(): Headers | undefined {
    return this.#model === undefined ? this.#headers : this.headers;
  }

  /** The headers that others may have set, if they have been used. */
  get usedHeaders(): Headers | undefined {
    return this.#headers;
  }

  /** The trailers, if they have been used. */
  get madeTrailers(): Headers | undefined {
    return this.#trailers;
  }

  /** The header `Ekiben-Model`, where it is the only one: making `headers` for it costs more. */
  get modelAlone(): string | undefined {
    return this.#headers === undefined ? this.#model : undefined;
  }

  /** Sets the header or the trailer `Ekiben-Model`. */
  nameModel(text: string, where: "headers" | "trailers"): void {
    if (where === "trailers") return this.trailers.set(EKIBEN_MODEL, text);
    this.#model = text;
    this.#headers?.set(EKIBEN_MODEL, text);
  }
}
