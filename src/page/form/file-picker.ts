/**
 * The choice of a file: by the browser's dialog, or dropped.
 * @module
 */

import { fill, freshId, h } from "../dom.ts";
import { byteText } from "../text.ts";

/** A chooser of one file. */
export interface FilePicker {
  readonly element: HTMLElement;
  readonly file: File | undefined;
  /** Takes a file, as if it had been chosen. */
  take(file: File): void;
  /** Takes files that are dropped on an element. */
  acceptDrops(element: HTMLElement, onDrop?: () => void): void;
}

/**
 * @param accept the media types and suffixes of the dialog; none for all
 * @param onChange called when another file has been chosen
 */
export function filePicker(
  label: string,
  accept: readonly string[],
  onChange: () => void,
): FilePicker {
  let file: File | undefined;
  let url: string | undefined;
  const shown = h("div", { class: "preview", "aria-live": "polite" });
  const input = h("input", {
    type: "file",
    id: freshId("file"),
    class: "hidden-input",
    accept: accept.length === 0 ? undefined : accept.join(","),
    onchange: () => {
      const [first] = input.files ?? [];
      if (first !== undefined) take(first);
    },
  });
  function take(given: File): void {
    file = given;
    if (url !== undefined) URL.revokeObjectURL(url);
    url = undefined;
    const text = h("span", {}, `${given.name || "pasted"} · ${byteText(given.size)}`);
    if (given.type.startsWith("image/")) {
      url = URL.createObjectURL(given);
      fill(shown, h("img", { src: url, alt: `The chosen picture, ${given.name}` }), text);
    } else fill(shown, text);
    onChange();
  }
  const zone = h(
    "label",
    { for: input.id, class: "drop" },
    h("strong", {}, label),
    h("span", { class: "hint" }, "or drop it here"),
  );
  const picker: FilePicker = {
    element: h("div", { class: "picker" }, input, zone, shown),
    get file() {
      return file;
    },
    take,
    acceptDrops(element, onDrop = () => {}) {
      element.addEventListener("dragover", (event) => {
        event.preventDefault();
        element.classList.add("dropping");
      });
      element.addEventListener("dragleave", () => element.classList.remove("dropping"));
      element.addEventListener("drop", (event) => {
        event.preventDefault();
        element.classList.remove("dropping");
        const [dropped] = event.dataTransfer?.files ?? [];
        if (dropped === undefined) return;
        onDrop();
        take(dropped);
      });
    },
  };
  return picker;
}
