/**
 * Values of Thrift structures, which may be of any type if the file is damaged.
 * @module
 */
import { utf8 } from "../../io.ts";
import { badParquet } from "./bad-parquet.ts";
import type { Struct } from "./thrift.ts";

/**
 * Reads a whole number from 0 to 2^53-1; larger ones become Infinity, which every bound refuses.
 */
export function integerOf(value: unknown): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number" || !(number >= 0)) throw badParquet("its metadata is damaged");
  return Number.isSafeInteger(number) ? number : Number.POSITIVE_INFINITY;
}

export function textOf(value: unknown): string {
  const text = value instanceof Uint8Array ? utf8(value) : undefined;
  if (text === undefined) throw badParquet("its metadata has text that is not UTF-8");
  return text;
}

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw badParquet("its metadata lacks a list");
  return value;
}

/** Returns the fields of a structure by their names in its definition. */
export function fieldsOf<T extends Readonly<Record<string, number>>>(
  value: unknown,
  numbers: T,
): { readonly [K in keyof T]: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badParquet("its metadata lacks a structure");
  }
  const struct = value as Struct;
  const named = Object.entries(numbers).map(([name, number]) => [name, struct[`field_${number}`]]);
  return Object.fromEntries(named) as { readonly [K in keyof T]: unknown };
}
