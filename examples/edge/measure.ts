/** Measures how a bundle starts in workerd, and the memory that it takes. */
import { readFileSync } from "node:fs";
import { startWorkerd, workerdProgram } from "./workerd.ts";

const picture = readFileSync(new URL("../mnist/digits/digit-3-a.png", import.meta.url));
const CALLS = 200;

/** Runs the bundle in a folder, and returns its figures as text. */
export async function measure(bundle: string): Promise<string> {
  // Beside this script, or among the runtimes that the tests of the project run on.
  const places = [import.meta.url, new URL("../../.ci/package.json", import.meta.url)];
  const [program] = places.flatMap((place) => workerdProgram(new URL(place)) ?? []);
  if (program === undefined) {
    return "install workerd to see how long it takes to start: bun add --no-save workerd";
  }
  const startedMs = performance.now();
  await using workerd = await startWorkerd(program, bundle);
  const listeningMs = performance.now();
  await predict(workerd.url);
  const answeredMs = performance.now();
  for (let call = 0; call < CALLS; call += 1) await predict(workerd.url);
  const doneMs = performance.now();
  const ms = (from: number, to: number): string => `${(to - from).toFixed(0)} ms`;
  return [
    `workerd listens after ${ms(startedMs, listeningMs)}`,
    `the first request, which loads the model, takes ${ms(listeningMs, answeredMs)}`,
    `a later one takes ${((doneMs - answeredMs) / CALLS).toFixed(1)} ms`,
    `memory of the process, beside its program: ${memoryOf(workerd.pid)}; an isolate may have 128`,
  ].join("\n");
}

async function predict(url: string): Promise<void> {
  const headers = { "content-type": "image/png" };
  const answer = await fetch(`${url}/predict`, { method: "POST", body: picture, headers });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`/predict answered ${answer.status}: ${text}`);
}

/** Returns the memory that a process has allocated, on Linux. */
function memoryOf(pid: number): string {
  try {
    const [, kib] = /RssAnon:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return `${(Number(kib) / 1024).toFixed(0)} MiB`;
  } catch {
    return "unknown";
  }
}
