/** Assertions for every place: those of `node:assert` are not on a page. */

/** The largest difference of two numbers that count as equal. */
const TOLERANCE = 1e-4;

/** Checks a condition. @throws Error with the text if it does not hold */
export function ensure(condition: boolean, text: string): asserts condition {
  if (!condition) throw new Error(text);
}

/** Checks that two JSON values are equal, numbers within 1e-4. @throws Error with both */
export function equal(given: unknown, wanted: unknown, what = "It"): void {
  ensure(isEqual(given, wanted), `${what} is ${shown(given)}, but should be ${shown(wanted)}`);
}

/** Checks that a text matches. @throws Error with both */
export function matches(given: string | null | undefined, wanted: RegExp, what = "It"): void {
  ensure(wanted.test(given ?? ""), `${what} is ${shown(given)}, but should match ${wanted}`);
}

function isEqual(given: unknown, wanted: unknown): boolean {
  if (typeof given === "number" && typeof wanted === "number") {
    return Object.is(given, wanted) || Math.abs(given - wanted) <= TOLERANCE;
  }
  if (typeof given !== "object" || typeof wanted !== "object") return given === wanted;
  if (given === null || wanted === null) return given === wanted;
  if (Array.isArray(given) !== Array.isArray(wanted)) return false;
  const [ours, theirs] = [Object.entries(given), new Map(Object.entries(wanted))];
  return (
    ours.length === theirs.size &&
    ours.every(([key, value]) => theirs.has(key) && isEqual(value, theirs.get(key)))
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}

/** The longest wait, in milliseconds: less than the time that a server gives a request. */
const LIMIT_MS = 10_000;

/** Waits until a condition holds. @throws Error with the text after 10 seconds */
export async function until(condition: () => Promise<boolean>, text: string): Promise<void> {
  const endAt = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    ensure(performance.now() < endAt, `In ${LIMIT_MS / 1000} s, not so: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * Runs a case that must do something while something else takes a time, in milliseconds. If it
 * fails, it is run again with a longer one, as the machine may have stopped it for the first.
 */
export async function withTime(
  [ms, more]: readonly [ms: number, more: number],
  run: (ms: number) => Promise<void>,
): Promise<void> {
  try {
    await run(ms);
  } catch {
    await run(more);
  }
}

/** Returns the bytes of Base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Returns the Base64 of bytes. */
export function base64Of(bytes: Uint8Array): string {
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}
