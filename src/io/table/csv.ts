/**
 * CSV text to rows and back (RFC 4180, with any line break).
 *
 * It is our own. Of the libraries, Papa Parse takes quadratic time on broken quotes (17 s
 * for 320 kB), csv-parse needs Node's Buffer, uDSV compiles code at run time, which workerd
 * forbids, and d3-dsv accepts broken quotes silently.
 * @module
 */
import { invalidArgument, type ServiceError } from "../../error.ts";
import type { Steps } from "../steps.ts";
import { requireSize } from "./frame.ts";

/** The number of cells that are read or written in one step. */
export const STEP_CELLS = 10_000;

const COMMA = 44;
const LF = 10;
const CR = 13;

/** The fields of a CSV text. */
export interface CsvTable {
  /** The fields of the first row. */
  readonly header: readonly string[];
  /** The fields of the other rows by column, each as long as the others. */
  readonly columns: readonly (readonly string[])[];
}

/**
 * Parses the columns of a CSV text. As in pandas, empty lines and those of spaces are skipped. A
 * line `""` is a row with an empty field in a table of one column. A quote inside an unquoted field
 * is text.
 *
 * @param maxCells the most rows times columns; checked before a row is read
 * @throws ServiceError `invalid_argument` with the line, for a text without a header, a row of
 *   another length than the header, and a quoted field without an end or with text after it;
 *   `payload_too_large` for too many columns or cells
 */
export function* parseCsv(text: string, maxCells: number): Steps<CsvTable> {
  let at = afterBreaks(text, 0);
  if (at === text.length) throw badCsv("it has no header row");
  const header: string[] = [];
  at = readRow(text, at, (field, column) => {
    requireSize(0, column + 1, maxCells);
    header.push(field);
  });
  const columns = header.map((): string[] => []);
  const stepRows = Math.ceil(STEP_CELLS / header.length);
  for (let row = 1; ; row++) {
    at = afterBreaks(text, at);
    if (at >= text.length) return { header, columns };
    requireSize(row, header.length, maxCells);
    let count = 0;
    const next = readRow(text, at, (field, column) => {
      columns[column]?.push(field);
      count++;
    });
    if (count !== header.length) {
      throw badCsv(
        `line ${lineOf(text, at)} has ${count} fields, but the header has ${header.length}`,
      );
    }
    at = next;
    if (row % stepRows === 0) yield;
  }
}

/** Formats a row with its line break. */
export function formatCsvRow(fields: readonly string[]): string {
  // Readers skip empty lines.
  if (fields.length === 1 && fields[0] === "") return '""\n';
  return `${fields.map(quoteField).join(",")}\n`;
}

/** Returns the error for invalid CSV. */
export function badCsv(reason: string): ServiceError {
  return invalidArgument(`Invalid CSV input received: ${reason}`);
}

/** Calls `take` with each field of the row that begins at `begin`; returns the end of the row. */
function readRow(
  text: string,
  begin: number,
  take: (field: string, column: number) => void,
): number {
  let at = begin;
  for (let column = 0; ; column++) {
    const quoted = text[at] === '"';
    const end = quoted ? closingQuote(text, at) : endOfBare(text, at);
    take(quoted ? text.slice(at + 1, end).replaceAll('""', '"') : text.slice(at, end), column);
    at = quoted ? end + 1 : end;
    if (text[at] !== ",") break;
    at++;
  }
  return text[at] === "\r" && text[at + 1] === "\n" ? at + 2 : at + 1;
}

/** Returns the start of the next line that is not blank. */
function afterBreaks(text: string, begin: number): number {
  let line = begin;
  for (let at = begin; ; at++) {
    if (isBreak(text, at)) line = at + 1;
    else if (at >= text.length) return at;
    else if (text[at] !== " " && text[at] !== "\t") return line;
  }
}

function endOfBare(text: string, begin: number): number {
  let at = begin;
  while (at < text.length && text.charCodeAt(at) !== COMMA && !isBreak(text, at)) at++;
  return at;
}

function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  if (at === -1)
    throw badCsv(`the quoted field that begins on line ${lineOf(text, open)} has no end`);
  const after = at + 1;
  if (after === text.length || text[after] === "," || isBreak(text, after)) return at;
  throw badCsv(
    `on line ${lineOf(text, at)} a quoted field is followed by other text: ` +
      "a quote inside it must be doubled",
  );
}

function isBreak(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === LF || code === CR;
}

/** Returns the line of an offset, from 1, for messages. */
function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = 0; at < offset; at++) {
    // CR LF is one line break, which is counted at its LF.
    if (isBreak(text, at) && !(text[at] === "\r" && text[at + 1] === "\n")) line++;
  }
  return line;
}

function quoteField(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
