/**
 * The errors of Parquet files.
 * @module
 */
import { invalidArgument, messageOf, ServiceError } from "../../../error.ts";
import { excerpt } from "../../wording.ts";

/** The error for a body that is not a Parquet file that can be read. */
export function badParquet(reason: string, cause?: unknown): ServiceError {
  return invalidArgument(`Invalid Parquet input received: ${reason}`, cause);
}

/** Returns the error to answer with: whatever a decoder throws means that the file is damaged. */
export function asBadParquet(error: unknown): unknown {
  if (error instanceof ServiceError) return error;
  return badParquet(`it is damaged (${excerpt(messageOf(error))})`, error);
}
