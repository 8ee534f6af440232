/**
 * The state of the service: starting, ready, or why it is not.
 * @module
 */

import { fill, h } from "../dom.ts";
import { latest } from "../latest.ts";
import type { Server } from "../server.ts";

/** The time between two questions: while it is not ready, and after. */
const [SOON_MS, LATER_MS] = [1000, 10_000];

/** What shows the state. */
export interface Status {
  readonly element: HTMLElement;
  /** The whole reason, if it is longer than a line. */
  readonly trouble: HTMLElement;
}

/**
 * Keeps the state up to date, while the page can be seen, and looks at once after a call that has
 * found the service unavailable, and when the user comes back to the page.
 *
 * @param onReady called when the service has become ready, or was started again
 */
export function watchStatus(server: Server, onReady: () => void): Status {
  const element = h("p", { class: "state", role: "status", "aria-live": "polite" });
  const trouble = h("pre", { class: "trouble", role: "alert", hidden: true });
  let was: boolean | undefined;
  let run: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // One at a time, so that the state that is shown is the one of the last question.
  const look = latest(async () => {
    clearTimeout(timer);
    const [kind, text] = await stateOf(server);
    const isReady = kind === "ready";
    const [line = "", ...more] = text.split("\n");
    element.dataset["state"] = kind;
    if (element.textContent !== line) fill(element, line);
    // Such as the error of a file that `ekiben dev` could not load.
    trouble.hidden = more.length === 0;
    if (trouble.textContent !== text) fill(trouble, text);
    // With `ekiben dev`, another version takes over without a pause.
    const now = isReady ? await runOf(server) : undefined;
    const isOther = run !== undefined && now !== undefined && run !== now;
    if (isReady && (was === false || isOther)) onReady();
    was = isReady;
    run = now ?? run;
    clearTimeout(timer);
    timer = setTimeout(next, isReady ? LATER_MS : SOON_MS);
  });
  const next = (): void => {
    if (document.visibilityState === "visible") look();
    else document.addEventListener("visibilitychange", next, { once: true });
  };
  server.onTrouble = look;
  addEventListener("focus", look);
  look();
  return { element, trouble };
}

/** Returns what tells a start of the server from others; undefined if it does not say. */
async function runOf(server: Server): Promise<string | undefined> {
  try {
    const response = await fetch(server.urlOf("/?ui=about"));
    return ((await response.json()) as { readonly run?: string }).run;
  } catch {
    return undefined;
  }
}

async function stateOf(server: Server): Promise<readonly ["ready" | "busy" | "bad", string]> {
  let response: Response;
  try {
    response = await fetch(server.urlOf("/readyz"));
  } catch {
    return ["bad", "The server does not answer"];
  }
  if (response.ok) return ["ready", "Ready"];
  let reason = response.statusText;
  try {
    const { error } = (await response.json()) as { readonly error?: string };
    reason = error ?? reason;
  } catch {
    // A proxy's answer.
  }
  return [/starting|not ready/i.test(reason) ? "busy" : "bad", reason];
}
