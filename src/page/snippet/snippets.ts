/**
 * The code of a call, to copy.
 * @module
 */

import { button, fill, h } from "../dom.ts";
import type { Content } from "../form/form.ts";
import { tabs } from "../tabs.ts";
import type { Call } from "./call.ts";
import { curl } from "./curl.ts";
import { grpcurl } from "./grpcurl.ts";
import { python } from "./python.ts";
import { typescript } from "./typescript.ts";

/** The languages, each with its function; one that returns undefined cannot carry the call. */
const LANGUAGES: readonly (readonly [string, (call: Call) => string | undefined])[] = [
  ["curl", curl],
  ["TypeScript", typescript],
  ["Python", python],
  ["grpcurl", grpcurl],
];

/** The most characters of code that are shown. What is copied is whole. */
const MAX_SHOWN = 4000;

/** The code of a call. */
export interface Snippets {
  readonly element: HTMLElement;
  show(call: Call): void;
}

/** Makes the part of the page with the code. */
export function snippets(): Snippets {
  const panels = LANGUAGES.map(() => h("div"));
  const choice = tabs(
    "Language",
    LANGUAGES.map(([label], at) => ({ label, panel: panels[at] ?? h("div") })),
  );
  const files = h("p", { class: "hint files" });
  const element = h("section", { class: "code-of-call", hidden: true });
  element.append(h("h3", {}, "The same call from code"), choice.element, files);
  let urls: string[] = [];
  return {
    element,
    show(call) {
      element.hidden = false;
      for (const [at, [label, write]] of LANGUAGES.entries()) {
        const text = write(call);
        const panel = panels[at];
        if (panel !== undefined) fill(panel, ...codeOf(label, text));
      }
      for (const url of urls) URL.revokeObjectURL(url);
      urls = [];
      const made = filesOf(call.content).map(({ file, name }) => {
        const url = URL.createObjectURL(file);
        urls.push(url);
        return h("a", { href: url, download: name }, name);
      });
      fill(
        files,
        made.length > 0 && "The code reads a file that this page has made: save ",
        ...made,
      );
    },
  };
}

function codeOf(label: string, text: string | undefined): readonly HTMLElement[] {
  if (text === undefined) return [h("p", { class: "hint" }, NOT_POSSIBLE[label] ?? "Not possible")];
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}\n…` : text;
  const copy = button("Copy", () => void copied(), { class: "quiet copy" });
  async function copied(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text ?? "");
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Copying is not allowed here";
    }
    setTimeout(() => {
      copy.textContent = "Copy";
    }, 1500);
  }
  const block = h("pre", { class: "code", tabindex: 0, "aria-label": `${label} code` }, shown);
  return [h("div", { class: "snippet" }, block, copy)];
}

const NOT_POSSIBLE: Readonly<Record<string, string>> = {
  grpcurl: "gRPC is not served here, or cannot carry this input.",
};

/** Returns the files that are on no disk: what was drawn, or taken by the camera. */
function filesOf(content: Content): readonly { file: Blob; name: string }[] {
  if (content.kind === "form") return Object.values(content.fields).flatMap(filesOf);
  if (content.kind !== "file" || content.file instanceof File) return [];
  return [{ file: content.file, name: content.name }];
}
