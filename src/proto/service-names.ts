/**
 * The names of a service in its proto file, which are known without its types.
 * @module
 */

import { Names, pascalCase, snakeCase } from "./names.ts";

/** The names of a service and its methods. */
export interface ProtoNames {
  readonly package: string;
  /** The name of the service in the package. */
  readonly service: string;
  /** The path of its file, as imports name it. */
  readonly path: string;
  /** The names of the methods by those of the APIs. */
  readonly methods: ReadonlyMap<string, string>;
}

/** The options of a file. */
export interface ProtoOptions {
  /** The package. Default: that of the earlier file, or `ekiben.`, the service's name and `.v1`. */
  readonly package?: string | undefined;
  /** The text of an earlier file, the numbers of whose fields are kept. */
  readonly earlier?: string | undefined;
}

const PACKAGE = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/;

/**
 * Returns the names of a service.
 *
 * @param apis the names of its APIs
 * @throws TypeError for an invalid package
 */
export function protoNames(
  name: string,
  apis: readonly string[],
  { package: given, earlier }: ProtoOptions,
): ProtoNames {
  const own = given ?? packageIn(earlier ?? "") ?? `ekiben.${snakeCase(name)}.v1`;
  if (!PACKAGE.test(own)) {
    throw new TypeError(
      `Cannot name a package ${JSON.stringify(own)}: it must be words of a-z, 0-9 and "_" with ` +
        '"." between them, such as "acme.digits.v1"',
    );
  }
  const pascal = pascalCase(name);
  const scope = new Names();
  return {
    package: own,
    service: pascal.endsWith("Service") ? pascal : `${pascal}Service`,
    path: `${own.replaceAll(".", "/")}/${snakeCase(name)}.proto`,
    methods: new Map(apis.map((api) => [api, scope.take(pascalCase(api))])),
  };
}

/** Returns the package that a file declares. */
function packageIn(text: string): string | undefined {
  return /^\s*package\s+([\w.]+)\s*;/m.exec(text)?.[1];
}
