/**
 * The colours of messages on a terminal.
 * @module
 */

import process from "node:process";
import { styleText } from "node:util";

/** A stream that may be a terminal. */
type Stream = Pick<NodeJS.WriteStream, "isTTY">;

/** The colours in use. */
export type Color = "red" | "yellow" | "green" | "cyan" | "dim" | "bold";

/** Returns a text in a colour, if the stream shows colours. Messages go to stderr. */
export function colored(color: Color, text: string, stream: Stream = process.stderr): string {
  // Runtimes differ in what they make of the variables, so that they are read here.
  return showsColors(stream) ? styleText(color, text, { validateStream: false }) : text;
}

/**
 * Returns whether a stream is to have colours: a terminal has, unless `NO_COLOR` is set;
 * `FORCE_COLOR` gives them to files and pipes, too. Either of them set to nothing has no effect.
 */
export function showsColors(
  { isTTY }: Stream,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const { NO_COLOR = "", FORCE_COLOR = "", TERM } = environment;
  if (NO_COLOR !== "") return false;
  if (FORCE_COLOR !== "") return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTTY === true && TERM !== "dumb";
}

/** Returns the message of an error, whose first word and suggestion are in colours. */
export function errorText(text: string, stream?: Stream): string {
  return text
    .replace(/^error:/, (word) => colored("red", word, stream))
    .replace(/^\(Did you mean .*\)$/m, (line) => colored("cyan", line, stream));
}
