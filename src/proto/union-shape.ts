/**
 * Shapes of values that need a message around them: values of several kinds, lists in lists, tuples
 * and values in lists that may be null.
 * @module
 */

import { jsonForm } from "../io/json/text.ts";
import { describe } from "../io/wording.ts";
import { snakeCase } from "./names.ts";
import { labelOf, REST_NUMBER, type Side } from "./object-shape.ts";
import { listOf, missing, type Shape } from "./shape.ts";
import type { Field, MessageType } from "./types.ts";

/** The oneof of the values of a union. */
export const UNION = "kind";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns the shape of values of one of several shapes: a oneof.
 *
 * @param type an empty message with the oneof
 * @param options the shapes by the names of their fields
 */
export function unionOf(
  type: MessageType,
  options: readonly (readonly [key: string, shape: Shape])[],
): Shape {
  const branches = options.map(([key, shape]) => ({
    field: type.addOwn(snakeCase(key), { type: shape.type, label: "one" }),
    shape,
  }));
  return {
    type,
    label: "one",
    read(message) {
      const { case: name, value } = (message as Fields)[UNION] as { case?: string; value: unknown };
      const branch = branches.find(({ field }) => field.localName === name);
      if (branch !== undefined) return branch.shape.read(value);
      throw missing(`${UNION} of ${type.name}`);
    },
    write(given) {
      const value = jsonForm(given, "");
      const branch = branches.find(({ shape }) => shape.accepts(value));
      if (branch !== undefined) {
        return { [UNION]: { case: branch.field.localName, value: branch.shape.write(value) } };
      }
      throw new TypeError(`Cannot encode ${describe(value)} as ${type.name}: no kind of it fits`);
    },
    accepts: (value) => branches.some(({ shape }) => shape.accepts(value)),
  };
}

/**
 * Returns the shape of a value in a message of its own, which may be null if it is a single one.
 *
 * @param type an empty message
 */
export function boxOf(type: MessageType, inner: Shape, side: Side, isNullable: boolean): Shape {
  const isOne = inner.label === "one";
  const field = type.addOwn(isOne ? "value" : inner.label === "map" ? "entries" : "values", {
    type: inner.type,
    label: labelOf(inner, side, !isNullable),
  });
  return {
    type,
    label: "one",
    read(message) {
      const value = (message as Fields)[field.localName];
      if (value !== undefined) return inner.read(value);
      if (isNullable) return null;
      throw missing(`${field.name} of ${type.name}`);
    },
    write: (value) =>
      value === null && isNullable ? {} : { [field.localName]: inner.write(value) },
    accepts: (value) => (value === null && isNullable) || inner.accepts(value),
  };
}

/**
 * Returns the shape of lists whose first items have shapes of their own.
 *
 * @param type an empty message
 * @param rest the shape of the items behind them; undefined if there are none
 */
export function tupleOf(
  type: MessageType,
  items: readonly Shape[],
  rest: Shape | undefined,
  side: Side,
): Shape {
  const places = items.map((shape, at) => ({
    shape,
    field: type.addOwn(`item_${at + 1}`, { type: shape.type, label: labelOf(shape, side, false) }),
  }));
  const list = rest && listOf(rest);
  const restField = list && restOf(type, list);
  return {
    type,
    label: "one",
    read(message) {
      const fields = message as Fields;
      const set = places.findLastIndex(({ field }) => fields[field.localName] !== undefined) + 1;
      const first = places.slice(0, set).map(({ field, shape }) => {
        const value = fields[field.localName];
        if (value === undefined) throw missing(`${field.name} of ${type.name}`);
        return shape.read(value);
      });
      const others = restField && (list?.read(fields[restField.localName]) as unknown[]);
      return [...first, ...(others ?? [])];
    },
    write(given) {
      const value = jsonForm(given, "");
      if (!Array.isArray(value)) throw new TypeError(`Cannot encode ${describe(value)} as a list`);
      const first = places
        .slice(0, value.length)
        .map(({ field, shape }, at) => [field.localName, shape.write(value[at])] as const);
      const others = restField && list?.write(value.slice(places.length));
      return { ...Object.fromEntries(first), ...(restField && { [restField.localName]: others }) };
    },
    accepts: (value) =>
      Array.isArray(value) &&
      (list !== undefined || value.length <= places.length) &&
      value.every((one, at) => (places[at]?.shape ?? rest)?.accepts(one) === true),
  };
}

function restOf(type: MessageType, { type: items, label }: Shape): Field {
  const field = type.addOwn("rest", { type: items, label });
  field.number = Math.max(field.number, REST_NUMBER);
  return field;
}
