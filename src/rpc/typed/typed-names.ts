/**
 * The names of the rpcs that APIs have of their own.
 * @module
 */

import { protoNames } from "../../proto/service-names.ts";
import type { Service } from "../../service/service.ts";

/** The names of a service's typed rpcs. */
export interface TypedNames {
  readonly package: string;
  /** The full name of the service. */
  readonly typeName: string;
  /** The paths of its methods. */
  readonly paths: ReadonlySet<string>;
}

/** Returns the names; undefined for a service without APIs, or that wants no such rpcs. */
export function typedNames({ name, apis, proto }: Service): TypedNames | undefined {
  const words = Object.keys(apis);
  if (proto === false || words.length === 0) return undefined;
  const names = protoNames(name, words, { earlier: proto });
  const typeName = `${names.package}.${names.service}`;
  const paths = [...names.methods.values()].map((method) => `/${typeName}/${method}`);
  return { package: names.package, typeName, paths: new Set(paths) };
}
