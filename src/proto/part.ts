/**
 * Parts: the value of a descriptor as a field of a message.
 * @module
 */

import type { IoHost } from "../io/io.ts";
import type { FieldType } from "./types.ts";

/** The value of a descriptor in a field. */
export interface Part {
  /** The name of its field, where it has none of its own. */
  readonly key: string;
  readonly type: FieldType;
  readonly label: "one" | "list" | "map";
  /**
   * Returns the value for a handler, of a field that is set.
   *
   * @throws ServiceError the errors of the descriptor
   */
  decode(field: unknown, host: IoHost): unknown | Promise<unknown>;
  /**
   * Returns the field of a handler's value.
   *
   * @throws TypeError for a value that the descriptor cannot encode
   */
  encode(value: unknown, host: IoHost): unknown | Promise<unknown>;
}

/** A whole message: what an API takes, or what it answers with. */
export interface Content {
  decode(message: unknown, host: IoHost): unknown | Promise<unknown>;
  encode(value: unknown, host: IoHost): unknown | Promise<unknown>;
}
