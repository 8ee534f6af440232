/**
 * LateTable: what a server needs of the methods of a `TypedService`, made at their first call.
 * @module
 */

import type { ConnectRouter } from "@connectrpc/connect";
import type { TypedService } from "./typed-service.ts";

/** A router, and what the server needs of the methods that were added to it, by path. */
export interface OpenTable<T> {
  readonly router: ConnectRouter;
  table(): ReadonlyMap<string, T>;
}

/** The methods of a service whose types are made when they are needed. */
export class LateTable<T> {
  readonly #typed: TypedService | undefined;
  readonly #open: () => OpenTable<T>;
  #table: Promise<ReadonlyMap<string, T>> | undefined;

  /** @param open opens an empty table */
  constructor(typed: TypedService | undefined, open: () => OpenTable<T>) {
    this.#typed = typed;
    this.#open = open;
  }

  /** Returns true for the path of a method. */
  has(path: string): boolean {
    return this.#typed?.paths.has(path) === true;
  }

  /** Returns a method. @throws TypeError if the types cannot be made */
  async get(path: string): Promise<T | undefined> {
    this.#table ??= this.#make();
    return (await this.#table).get(path);
  }

  async #make(): Promise<ReadonlyMap<string, T>> {
    let isKept = false;
    try {
      const { router, table } = this.#open();
      isKept = (await this.#typed?.addTo(router)) ?? true;
      return table();
    } finally {
      if (!isKept) this.#table = undefined;
    }
  }
}
