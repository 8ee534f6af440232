/**
 * The question for an API key, when the server has said that it needs one.
 * @module
 */

import { field, fill, h } from "../dom.ts";
import type { Server } from "../server.ts";

/** The question. */
export interface KeyPrompt {
  readonly element: HTMLElement;
  hide(): void;
}

/** @param onKey called when the user has given a key */
export function keyPrompt(server: Server, onKey: () => void): KeyPrompt {
  const input = h("input", { type: "password", autocomplete: "off", spellcheck: "false" });
  const note = h("p", { class: "problem", role: "alert" });
  const element = h(
    "form",
    {
      class: "key-prompt",
      hidden: true,
      onsubmit: (event) => {
        event.preventDefault();
        server.key = input.value.trim() === "" ? undefined : input.value.trim();
        fill(note);
        onKey();
      },
    },
    h("h2", {}, "This server needs an API key"),
    h(
      "div",
      { class: "row" },
      field("API key", input),
      h("button", { type: "submit", class: "primary" }, "Use this key"),
    ),
    h("p", { class: "hint" }, "It is kept in this tab until you close it."),
    note,
  );
  server.onKeyNeeded = (isWrong) => {
    if (element.hidden) {
      element.hidden = false;
      input.focus();
    }
    if (isWrong) fill(note, "The server does not accept this key.");
  };
  return {
    element,
    hide() {
      element.hidden = true;
    },
  };
}
