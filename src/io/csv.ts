/**
 * CSV text to rows and back (RFC 4180, with any line break).
 *
 * Ours, because the libraries do not fit: Papa Parse takes quadratic time on broken quotes (17 s
 * for 320 kB), csv-parse needs Node's Buffer, uDSV compiles code at run time, which the edge
 * forbids, and d3-dsv takes broken quotes without a word.
 * @module
 */
import { invalidArgument, type ServiceError } from "../error.ts";

const COMMA = 44;
const LF = 10;
const CR = 13;

/** The fields of a CSV text. */
export interface CsvTable {
  /** The fields of the first row. */
  readonly header: readonly string[];
  /** The fields of the other rows, each as many as the header's. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * The rows of a CSV text. Empty lines are left out; where there is one column only, an empty line
 * after the header is an empty field. A quote inside an unquoted field is taken as it is.
 *
 * @throws ServiceError `invalid_argument` with the line, for a text without a header, a row of
 *   another length than the header, and a quoted field without an end or with text after it
 */
export function parseCsv(text: string): CsvTable {
  let at = 0;
  while (isBreak(text, at)) at++;
  if (at === text.length) throw badCsv("it has no header row");
  const header: string[] = [];
  at = readRow(text, at, header);
  const rows: string[][] = [];
  while (at < text.length) {
    if (header.length > 1 && isBreak(text, at)) {
      at++;
      continue;
    }
    const row: string[] = [];
    const next = readRow(text, at, row);
    if (row.length !== header.length) {
      throw badCsv(
        `line ${lineOf(text, at)} has ${row.length} fields, but the header has ${header.length}`,
      );
    }
    rows.push(row);
    at = next;
  }
  return { header, rows };
}

/** A row of CSV text, its line break included. */
export function formatCsvRow(fields: readonly string[]): string {
  // An empty line would be left out by whoever reads it.
  if (fields.length === 1 && fields[0] === "") return '""\n';
  return `${fields.map(quoteField).join(",")}\n`;
}

/** The error for a body that is not the CSV that was wanted. */
export function badCsv(reason: string): ServiceError {
  return invalidArgument(`Invalid CSV input received: ${reason}`);
}

/** Reads the row that begins at `begin` into `fields`; where the next one begins. */
function readRow(text: string, begin: number, fields: string[]): number {
  let at = begin;
  for (;;) {
    const quoted = text[at] === '"';
    const end = quoted ? closingQuote(text, at) : endOfBare(text, at);
    fields.push(quoted ? text.slice(at + 1, end).replaceAll('""', '"') : text.slice(at, end));
    at = quoted ? end + 1 : end;
    if (text[at] !== ",") break;
    at++;
  }
  return text[at] === "\r" && text[at + 1] === "\n" ? at + 2 : at + 1;
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

/** The line of an offset, from 1; counted for messages only. */
function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}

function quoteField(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
