/**
 * The report of `ekiben doctor` as text.
 * @module
 */

import process from "node:process";
import { type Color, colored } from "../color.ts";
import type { Finding, Status } from "./finding.ts";

const COLORS: Readonly<Record<Status, Color>> = { ok: "green", warning: "yellow", problem: "red" };

/** The width of the longest status, and a space. */
const STATUS_WIDTH = 9;

/** Returns the lines of all findings, and a sentence that sums them up. */
export function reportText(
  findings: readonly Finding[],
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const width = Math.max(...findings.map(({ check }) => check.length)) + 2;
  const indent = " ".repeat(STATUS_WIDTH + width);
  const lines = findings.flatMap(({ check, status, text, advice }) => {
    const word = colored(COLORS[status], status.padEnd(STATUS_WIDTH), stream);
    const [first = "", ...more] = text.split("\n");
    return [
      `${word}${check.padEnd(width)}${first}`,
      ...more.map((line) => `${indent}${line}`),
      ...(advice === undefined ? [] : [`${indent}${colored("cyan", `→ ${advice}`, stream)}`]),
    ];
  });
  return [...lines, "", summaryOf(findings, stream)].join("\n");
}

function summaryOf(findings: readonly Finding[], stream: NodeJS.WriteStream): string {
  const count = (status: Status): number =>
    findings.filter((finding) => finding.status === status).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const counted = (number: number, word: string): string =>
    `${number} ${word}${number === 1 ? "" : "s"}`;
  const also = warnings === 0 ? "" : `, ${counted(warnings, "warning")}`;
  if (problems === 0) return colored("green", `Ready to serve${also}`, stream);
  return colored("red", `Serving would fail: ${counted(problems, "problem")}${also}`, stream);
}
