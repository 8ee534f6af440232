/**
 * factsOf(): a descriptor as plain JSON, for clients that make a form or code of it.
 * @module
 */

import type { Io } from "../io/io.ts";
import type { IoFacts } from "./io-facts.ts";

/** Returns the kind and the options of a descriptor; options that are not given are left out. */
export function factsOf({ kind, spec }: Io<unknown, never>): IoFacts {
  switch (spec?.kind) {
    case "json":
      return {
        kind,
        hasSchema: spec.schema !== undefined,
        ...(spec.bigIntegers ? { bigIntegers: true } : {}),
      };
    case "ndarray": {
      const { dtype, shape, enforceDtype, enforceShape, nonFinite } = spec;
      return given({ kind, dtype, shape, enforceDtype, enforceShape, nonFinite });
    }
    case "namedTensors":
      return given({ kind, tensors: spec.tensors(), nonFinite: spec.nonFinite });
    case "dataframe": {
      const { orient, columns, dtype, enforceDtype, defaultFormat, maxCells } = spec;
      return given({ kind, orient, columns, dtype, enforceDtype, defaultFormat, maxCells });
    }
    case "series": {
      const { orient, dtype, shape, enforceDtype, enforceShape } = spec;
      return given({ kind, orient, dtype, shape, enforceDtype, enforceShape });
    }
    case "file":
      return given({ kind, mimeType: spec.mimeType });
    case "image": {
      const { mode, mimeType, allowedMimeTypes } = spec;
      return { kind, mode, mimeType, allowedMimeTypes };
    }
    case "multipart": {
      const fields = Object.entries(spec.fields).map(([name, io]) => [name, factsOf(io)]);
      return { kind, fields: Object.fromEntries(fields) };
    }
    default:
      return { kind };
  }
}

/** Removes the options that are undefined. */
function given(facts: { readonly [K in keyof IoFacts]: IoFacts[K] | undefined }): IoFacts {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as IoFacts;
}
