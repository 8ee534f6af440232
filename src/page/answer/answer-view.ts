/**
 * AnswerView: where the answer to a call is shown, as what it is.
 * @module
 */

import { fill, h } from "../dom.ts";
import { tabs } from "../tabs.ts";
import { byteText, durationText } from "../text.ts";
import { bars, moveBars } from "./bars.ts";
import { type Block, blocksOf } from "./blocks.ts";
import { formParts } from "./form-parts.ts";
import { type StreamItems, showStream } from "./stream.ts";
import { csvRows, table } from "./table.ts";
import { tree } from "./tree.ts";

const FORM = "multipart/form-data";

/** An answer of a server. */
export interface Answer {
  readonly response: Response;
  /** The time until its head, in milliseconds. */
  readonly ms: number;
  /** Returns the parts of a JSON answer, where they are not those of any JSON. */
  readonly blocksOf?: ((value: unknown) => readonly Block[]) | undefined;
  /** What is known of the items, if it is a stream. */
  readonly items?: StreamItems | undefined;
}

/** An answer that is an error, once its text has been read. */
interface ErrorText {
  readonly text: string;
  readonly type: string;
  readonly ms: number;
}

/** Shows answers. */
export class AnswerView {
  readonly element: HTMLElement;
  readonly #status = h("p", { class: "status", role: "status", "aria-live": "polite" });
  readonly #body = h("div", { class: "body" });
  /** The parts and the JSON of the answer that is shown; one of both is on a tab that is not. */
  #shown: { readonly blocks: HTMLElement; readonly json: HTMLElement } | undefined;
  /** What has come of a stream that has not ended. */
  #stream: HTMLElement | undefined;
  /** The URLs of the files that are shown, and of those that will be. */
  #urls: readonly string[] = [];
  #later: string[] = [];

  constructor() {
    const heading = h("h3", {}, "Answer");
    this.element = h("section", { class: "answer" }, heading, this.#status, this.#body);
    this.clear();
  }

  clear(): void {
    this.#settle();
    fill(this.#status, "Nothing has been sent yet.");
    this.#replace();
  }

  /** Says that a call is under way. The last answer is shown until then. */
  wait(): void {
    this.element.setAttribute("aria-busy", "true");
    this.#stream = undefined;
  }

  /** Scrolls to what the answer is, if that is not seen, as below a long form. */
  reveal(): void {
    this.#status.scrollIntoView({ block: "nearest" });
  }

  /** Shows what the user, or the network, has done wrong. What has come of a stream stays. */
  fail(message: string): void {
    this.#settle();
    fill(this.#status, h("strong", { class: "bad" }, message));
    if (this.#stream === undefined) this.#replace();
    this.#stream = undefined;
  }

  /**
   * Shows an answer, and resolves at its end.
   *
   * @param signal aborted when another call, or nothing, is to be shown instead
   * @throws the reason of the signal, after which nothing of the answer is shown any more
   */
  async show(answer: Answer, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { response, ms, blocksOf: parts } = answer;
    const type = (response.headers.get("content-type") ?? "").split(";", 1)[0] ?? "";
    if (!response.ok) {
      const text = await response.text();
      signal.throwIfAborted();
      this.#settle();
      return this.#showError(response, { text, type, ms });
    }
    if (isStreamed(response, type)) return await this.#showStream(answer, type, signal);
    const bytes = new Uint8Array(await response.arrayBuffer());
    signal.throwIfAborted();
    this.#settle();
    this.#head(response, byteText(bytes.length), ms);
    if (type === "application/json") return this.#showJson(textOf(bytes), parts);
    if (type === "text/csv") return this.#showCsv(textOf(bytes));
    if (type.startsWith("text/")) return this.#replace(h("pre", { class: "text" }, textOf(bytes)));
    if (type === FORM) return this.#showForm(await formParts(bytes, response), parts);
    this.#replace(this.#fileElement(new Blob([bytes], { type }), fileName(response, type)));
  }

  async #showStream(
    { response, ms, items = { kind: undefined, type: "" } }: Answer,
    type: string,
    signal: AbortSignal,
  ): Promise<void> {
    this.#settle();
    this.element.dataset["streams"] = "";
    this.#head(response, type, ms);
    const target = h("div", { class: "stream" });
    this.#replace(target);
    this.#stream = target;
    try {
      const end = await showStream(response, type, items, { target, signal });
      this.#stream = undefined;
      this.#settle();
      this.#head(response, `${end} · stream`, ms);
    } catch (error) {
      signal.throwIfAborted();
      const { message, code } = error as Error & { readonly code?: string };
      this.fail(`${response.status}, then broken off: ${code ?? "no more came"}`);
      target.append(errorElement(message, response.headers.get("x-request-id")));
    }
  }

  #head(response: Response, size: string, ms: number): void {
    const good = h("strong", { class: "good" }, String(response.status));
    fill(this.#status, good, ` · ${durationText(ms)} · ${size}`);
  }

  /** No call is under way any more. */
  #settle(): void {
    this.element.removeAttribute("aria-busy");
    delete this.element.dataset["streams"];
  }

  #showError(response: Response, { text, type, ms }: ErrorText): void {
    const { error, code, request_id: id } = type === "application/json" ? parsed(text) : {};
    const bad = h("strong", { class: "bad" }, `${response.status} ${code ?? ""}`.trim());
    fill(this.#status, bad, ` · ${durationText(ms)}`);
    const requestId = id ?? response.headers.get("x-request-id");
    const wait = response.headers.get("retry-after");
    this.#replace(errorElement(error ?? (text || response.statusText), requestId, wait));
  }

  #showJson(text: string, parts: (value: unknown) => readonly Block[] = blocksOf): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return this.#replace(h("pre", { class: "text" }, text));
    }
    const shown = parts(value).map(blockElement);
    if (this.#moved(shown, value)) return;
    const blocks = h("div", { class: "blocks" }, ...shown);
    const json = h("div", { class: "json" }, tree(value));
    const both = tabs("How to show the answer", [
      { label: "Answer", panel: blocks },
      { label: "JSON", panel: json },
    ]);
    this.#replace(both.element);
    this.#shown = { blocks, json };
  }

  /** Updates what is shown if only its numbers have changed. */
  #moved(next: readonly HTMLElement[], value: unknown): boolean {
    if (this.#shown === undefined) return false;
    const { blocks, json } = this.#shown;
    const old = [...blocks.children];
    if (old.length !== next.length) return false;
    const isMoved = next.every((each, at) => {
      const shown = old[at];
      if (shown === undefined) return false;
      if (each.matches(".bars")) return shown.matches(".bars") && moveBars(shown, each);
      shown.replaceWith(each);
      return true;
    });
    if (isMoved) fill(json, tree(value));
    return isMoved;
  }

  #showCsv(text: string): void {
    const [columns = [], ...rows] = csvRows(text);
    this.#replace(table("", columns, rows));
  }

  #showForm(
    form: readonly (readonly [name: string, value: unknown])[],
    parts: (value: unknown) => readonly Block[] = blocksOf,
  ): void {
    const shown = form.map(([name, value]) => {
      const elements =
        value instanceof File
          ? [this.#fileElement(value, value.name)]
          : parts(value).map(blockElement);
      return h("div", { class: "part" }, h("h4", {}, name), ...elements);
    });
    this.#replace(h("div", { class: "blocks" }, ...shown));
  }

  #fileElement(file: Blob, name: string): HTMLElement {
    const { type } = file;
    const url = URL.createObjectURL(file);
    this.#later.push(url);
    const link = h("a", { href: url, download: name, class: "button" }, `Save ${name}`);
    const media = type.startsWith("image/")
      ? h("img", { src: url, alt: "The picture that was answered", class: "result" })
      : type.startsWith("audio/")
        ? h("audio", { src: url, controls: true })
        : type.startsWith("video/")
          ? h("video", { src: url, controls: true })
          : undefined;
    return h("div", { class: "file" }, media, link);
  }

  #replace(...children: readonly HTMLElement[]): void {
    // Those of the answer that was shown; those of the new one have been made before this.
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls = this.#later;
    this.#later = [];
    this.#shown = undefined;
    this.#stream = undefined;
    fill(this.#body, ...children);
  }
}

/** Makes the element of an error. */
function errorElement(
  message: string,
  requestId: string | null,
  wait: string | null = null,
): HTMLElement {
  return h(
    "div",
    { class: "error" },
    h("p", {}, message),
    wait !== null && h("p", { class: "hint" }, `Try again after ${wait} s`),
    requestId !== null && h("p", { class: "hint" }, "Request id: ", h("code", {}, requestId)),
  );
}

/** Makes the element of a part of an answer. */
function blockElement(block: Block): HTMLElement {
  const titled = (title: string, element: HTMLElement): HTMLElement =>
    h("div", { class: "part" }, title !== "" && h("h4", {}, title), element);
  switch (block.kind) {
    case "facts": {
      const pairs = block.facts.map(([name, text]) =>
        h("div", {}, h("dt", {}, name), h("dd", {}, text)),
      );
      return h("dl", { class: "facts" }, ...pairs);
    }
    case "scores":
      return bars(block.title, block.scores);
    case "table":
      return table(block.title, block.columns, block.rows);
    case "text":
      return titled(block.title, h("pre", { class: "text" }, block.text));
    default:
      return titled(block.title, h("div", { class: "json" }, tree(block.value)));
  }
}

/** Returns true for an answer whose items come one after the other. */
function isStreamed({ headers }: Response, type: string): boolean {
  if (type === "application/x-ndjson" || type === "text/event-stream") return true;
  return type.startsWith("text/") && type !== "text/csv" && !headers.has("content-length");
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parsed(text: string): { error?: string; code?: string; request_id?: string } {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}

function fileName({ headers }: Response, type: string): string {
  const given = /filename="?([^";]+)"?/.exec(headers.get("content-disposition") ?? "")?.[1];
  const suffix = /^[\w.-]+\/(?:x-)?([\w-]+)/.exec(type)?.[1] ?? "bin";
  return given ?? `answer.${suffix === "octet-stream" ? "bin" : suffix}`;
}
