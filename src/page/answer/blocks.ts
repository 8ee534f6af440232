/**
 * blocksOf(): how a JSON answer is shown: scores as bars, records as a table, and so on.
 * @module
 */

/** A label and its score. */
export interface Score {
  readonly label: string;
  readonly score: number;
}

/** A part of an answer. */
export type Block =
  | { readonly kind: "facts"; readonly facts: readonly (readonly [string, string])[] }
  | { readonly kind: "scores"; readonly title: string; readonly scores: readonly Score[] }
  | {
      readonly kind: "table";
      readonly title: string;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly unknown[])[];
    }
  | { readonly kind: "text"; readonly title: string; readonly text: string }
  | { readonly kind: "tree"; readonly title: string; readonly value: unknown };

/** The most scores that are bars, and rows of scores with bars each. */
const [MAX_SCORES, MAX_ROWS] = [2000, 8];

/** Names that say that numbers are scores. */
const SCORES = /^(scores?|prob\w*|probs|logits?|confidences?|likelihoods?|predictions?|softmax)$/i;
const LABELS = /^(labels?|classes|names|categories|tags)$/i;
const LABEL = ["label", "class", "name", "category", "tag", "token", "className", "class_name"];
const SCORE = ["score", "probability", "confidence", "prob", "value", "logit", "similarity"];

/** Returns the parts of an answer. */
export function blocksOf(value: unknown, title = ""): readonly Block[] {
  const scores = scoresOf(value, title);
  if (scores !== undefined) return scores;
  if (typeof value === "string") return [{ kind: "text", title, text: value }];
  if (Array.isArray(value)) {
    const table = tableOf(value, title);
    return [table ?? { kind: "tree", title, value }];
  }
  if (!isRecord(value)) return [{ kind: "facts", facts: [[title || "answer", String(value)]] }];
  return recordBlocks(value, title);
}

/** Returns the parts of an object: its plain values first, then what is in it. */
function recordBlocks(value: Readonly<Record<string, unknown>>, title: string): readonly Block[] {
  const entries = Object.entries(value);
  const labels = entries.find(([name, each]) => LABELS.test(name) && isTexts(each))?.[1] as
    | readonly string[]
    | undefined;
  const facts: (readonly [string, string])[] = [];
  const parts: Block[] = [];
  const rest: Record<string, unknown> = {};
  let usesLabels = false;
  for (const [name, each] of entries) {
    if (each === labels) continue;
    const text = factOf(each);
    const names = Array.isArray(each) && each.length === labels?.length ? labels : undefined;
    const scores = scoresOf(each, name, names);
    if (text !== undefined) facts.push([name, text]);
    else if (scores !== undefined) {
      usesLabels ||= names !== undefined;
      parts.push(...scores);
    } else if (typeof each === "string") parts.push({ kind: "text", title: name, text: each });
    else {
      const table = Array.isArray(each) ? tableOf(each, name) : undefined;
      if (table === undefined) rest[name] = each;
      else parts.push(table);
    }
  }
  if (labels !== undefined && !usesLabels) rest["labels"] = labels;
  if (facts.length === 0 && parts.length === 0) return [{ kind: "tree", title, value }];
  return [
    ...(facts.length === 0 ? [] : [{ kind: "facts", facts } as const]),
    ...parts,
    ...Object.entries(rest).map(
      ([name, each]) => ({ kind: "tree", title: name, value: each }) as const,
    ),
  ];
}

/** Returns a value that is shown in a line. */
function factOf(value: unknown): string | undefined {
  if (value === null) return "null";
  if (typeof value === "string")
    return value.length <= 80 && !value.includes("\n") ? value : undefined;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/**
 * Returns the scores in a value: numbers that are called so, or are probabilities; labels with
 * scores; rows of them. Undefined for anything else.
 *
 * @param title the name of the value
 * @param labels the names of the classes; the class is the index otherwise
 */
export function scoresOf(
  value: unknown,
  title: string,
  labels?: readonly string[],
): readonly Block[] | undefined {
  if (isRecord(value)) {
    const pairs = Object.entries(value);
    const numbers = pairs.map(([, each]) => each);
    if (pairs.length < 2 || !isNumbers(numbers) || !areScores(numbers, title)) return undefined;
    const scores = pairs.map(([label, each]) => ({ label, score: each as number }));
    return [{ kind: "scores", title, scores }];
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_SCORES) return undefined;
  const labelled = labelledScores(value);
  if (labelled !== undefined) return [{ kind: "scores", title, scores: labelled }];
  if (isNumbers(value)) {
    if (!areScores(value, title)) return undefined;
    const scores = value.map((score, at) => ({ label: labels?.[at] ?? String(at), score }));
    return [{ kind: "scores", title, scores }];
  }
  return rowsOfScores(value, title, labels);
}

/** Returns the scores of rows, such as those of `[1, 10]`. */
function rowsOfScores(
  rows: readonly unknown[],
  title: string,
  labels: readonly string[] | undefined,
): readonly Block[] | undefined {
  if (rows.length > MAX_ROWS || !rows.every(isNumbers)) return undefined;
  const found = rows.map((row, at) => {
    const name = rows.length === 1 ? title : `${title} ${at}`.trim();
    if (!areScores(row, title)) return undefined;
    const scores = row.map((score, index) => ({ label: labels?.[index] ?? String(index), score }));
    return { kind: "scores", title: name, scores } as const;
  });
  return found.every((each) => each !== undefined) ? found : undefined;
}

/** Returns the scores of objects with a label and a score each. */
function labelledScores(value: readonly unknown[]): readonly Score[] | undefined {
  const scores = value.map((each) => {
    if (!isRecord(each) || Object.keys(each).length > 4) return undefined;
    const label = LABEL.map((name) => each[name]).find((found) => found !== undefined);
    const score = SCORE.map((name) => each[name]).find((found) => typeof found === "number");
    if (typeof label !== "string" && typeof label !== "number") return undefined;
    return typeof score === "number" ? { label: String(label), score } : undefined;
  });
  return scores.every((each) => each !== undefined) ? scores : undefined;
}

/** Returns true for numbers that look like scores: by their name, or as probabilities. */
function areScores(numbers: readonly number[], title: string): boolean {
  if (numbers.length < 2) return false;
  if (SCORES.test(title)) return true;
  if (!numbers.every((each) => each >= 0 && each <= 1 + 1e-6)) return false;
  const sum = numbers.reduce((total, each) => total + each, 0);
  return Math.abs(sum - 1) < 0.02 && !numbers.every(Number.isInteger);
}

/** Returns a table of flat records, or of rows of equal length. */
function tableOf(value: readonly unknown[], title: string): Block | undefined {
  if (value.length === 0) return undefined;
  if (value.every((row) => isRecord(row) && Object.values(row).every(isCell))) {
    const records = value as readonly Readonly<Record<string, unknown>>[];
    const columns = [...new Set(records.flatMap((row) => Object.keys(row)))];
    if (columns.length === 0) return undefined;
    const rows = records.map((row) => columns.map((name) => row[name]));
    return { kind: "table", title, columns, rows };
  }
  const [first] = value;
  const width = Array.isArray(first) ? first.length : 0;
  const areRows = value.every(
    (row) => Array.isArray(row) && row.length === width && row.every(isCell),
  );
  if (!areRows || width === 0 || width > 50) return undefined;
  const columns = Array.from({ length: width }, (_, at) => String(at));
  return { kind: "table", title, columns, rows: value as readonly (readonly unknown[])[] };
}

function isCell(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === "number");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
