/**
 * wrapMethods(): wraps the implementations of methods.
 * @module
 */

import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";

/** The implementation of a method of any kind. */
export type Implementation = (input: never, handler: HandlerContext) => unknown;

/**
 * Wraps each method of an implementation. The router answers calls of missing methods with
 * `unimplemented`.
 */
export function wrapMethods<S extends DescService>(
  service: S,
  implementation: Partial<ServiceImpl<S>>,
  wrap: (method: DescMethod, given: Implementation) => Implementation,
): Partial<ServiceImpl<S>> {
  const own = implementation as Readonly<Record<string, Implementation | undefined>>;
  const wrapped = service.methods.flatMap((method) => {
    const given = own[method.localName];
    return given === undefined ? [] : [[method.localName, wrap(method, given.bind(own))] as const];
  });
  return Object.fromEntries(wrapped) as Partial<ServiceImpl<S>>;
}
