/**
 * The errors of Parquet files.
 * @module
 */
import { invalidArgument, messageOf, ServiceError } from "../../../error.ts";
import { excerpt } from "../../wording.ts";

/** Returns the error for a Parquet file that cannot be read. */
export function badParquet(reason: string, cause?: unknown): ServiceError {
  return invalidArgument(`Invalid Parquet input received: ${reason}`, cause);
}

/** Returns the error of the answer: any error of a decoder means that the file is damaged. */
export function asBadParquet(error: unknown): unknown {
  if (error instanceof ServiceError) return error;
  return badParquet(`it is damaged (${excerpt(messageOf(error))})`, error);
}
