/**
 * The list of APIs and models. The chosen one is in the fragment of the URL, so that it can be
 * linked to, and the browser's own buttons work.
 * @module
 */

import { fill, h } from "../dom.ts";

/** An entry of the list. */
export interface Entry {
  /** Such as `api/predict`. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** What its form is made of, as a text: with another one, the form does not fit any more. */
  readonly form: string;
}

/** Entries with a title. */
export interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** The list. */
export interface Navigation {
  readonly element: HTMLElement;
  /**
   * Shows groups of entries, and chooses the one of the URL, or else the first. One that is chosen
   * and has the same form stays as it is: the user may be filling it in.
   */
  show(groups: readonly Group[]): void;
}

/** The number of entries from which there is a field to search. */
const MANY = 12;

/** @param onChoose called with the id of the chosen entry */
export function navigation(onChoose: (id: string) => void): Navigation {
  const element = h("nav", { class: "menu", "aria-label": "APIs and models" });
  const search = h("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search APIs and models",
    oninput: () => filter(element, search.value),
  });
  let forms: ReadonlyMap<string, string> = new Map();
  let chosen: readonly [id: string, form: string | undefined] | undefined;
  const choose = (): void => {
    const asked = decodedHash() ?? "";
    const id = forms.has(asked) ? asked : [...forms.keys()][0];
    if (id === undefined) return;
    for (const link of element.querySelectorAll("a")) {
      if (link.dataset["id"] === id) {
        link.setAttribute("aria-current", "page");
        // On a phone, the list is one line that scrolls.
        element.scrollLeft = link.offsetLeft - element.offsetLeft - 60;
      } else link.removeAttribute("aria-current");
    }
    const form = forms.get(id);
    if (chosen?.[0] === id && chosen[1] === form) return;
    chosen = [id, form];
    onChoose(id);
  };
  addEventListener("hashchange", () => {
    if (location.hash !== "#view") choose();
  });
  let listed = "";
  return {
    element,
    show(groups) {
      const entries = groups.flatMap((group) => group.entries);
      forms = new Map(entries.map(({ id, form }) => [id, form]));
      const list = JSON.stringify(groups);
      if (list !== listed) {
        const isSearching = document.activeElement === search;
        fill(element, entries.length >= MANY && search, ...groups.flatMap(listOf));
        filter(element, search.value);
        if (isSearching) search.focus();
      }
      listed = list;
      choose();
    },
  };
}

function decodedHash(): string | undefined {
  try {
    return decodeURIComponent(location.hash.replace(/^#\/?/, ""));
  } catch {
    return undefined; // no hash of this page
  }
}

function listOf({ title, entries }: Group): readonly HTMLElement[] {
  if (entries.length === 0) return [];
  const items = entries.map(({ id, name, description }) => {
    const href = `#/${id.split("/").map(encodeURIComponent).join("/")}`;
    return h("li", {}, h("a", { href, "data-id": id, title: description }, name));
  });
  return [h("h2", {}, title), h("ul", {}, ...items)];
}

function filter(element: HTMLElement, text: string): void {
  for (const item of element.querySelectorAll("li")) {
    item.hidden = !(item.textContent ?? "").toLowerCase().includes(text.toLowerCase());
  }
}
