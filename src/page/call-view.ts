/**
 * CallView: one API or one model, with its form, its answer and its code.
 * @module
 */

import { AnswerView } from "./answer/answer-view.ts";
import type { Block } from "./answer/blocks.ts";
import { EVENTS } from "./answer/stream.ts";
import type { IoInfo } from "./apis.ts";
import { button, fill, h } from "./dom.ts";
import { bodyOf, type Content, type Form, FormError, type OnChange } from "./form/form.ts";
import { latest } from "./latest.ts";
import { live } from "./live.ts";
import type { Server } from "./server.ts";
import type { Call } from "./snippet/call.ts";
import { snippets } from "./snippet/snippets.ts";

/** What a view calls. */
export interface Callee {
  readonly name: string;
  /** The path of its calls. */
  readonly path: string;
  /** What stands below its name. */
  readonly about: readonly (HTMLElement | string)[];
  /** Makes the form. */
  form(onChange: OnChange): Form;
  /** Returns the parts of a JSON answer; undefined for those of any JSON. */
  readonly blocksOf?: (value: unknown) => readonly Block[];
  readonly api?: Call["api"];
}

/** A view of one callee. */
export interface CallView {
  readonly element: HTMLElement;
  close(): void;
}

/** What all views share. */
export interface CallContext {
  readonly server: Server;
  /** Returns the address of gRPC. */
  readonly grpc: () => Call["grpc"];
}

/** Makes the view of a callee. */
export function callView(callee: Callee, { server, grpc }: CallContext): CallView {
  const answer = new AnswerView();
  const code = snippets();
  /** The call whose answer is shown, or will be; undefined if there is none. */
  let current: AbortController | undefined;

  const output = callee.api?.output;
  const items =
    output?.isStream === true ? { kind: output.kind, type: itemType(output) } : undefined;
  /** Begins a call. Nothing is shown any more of the one before, and the server may stop it. */
  function begin(): AbortController {
    current?.abort();
    current = new AbortController();
    return current;
  }
  function end(): void {
    drawn.drop();
    current?.abort();
    current = undefined;
  }
  const callOf = (content: Content): Call => ({
    base: server.base,
    path: callee.path,
    content,
    needsKey: server.key !== undefined,
    ...(callee.api === undefined ? {} : { api: callee.api }),
    grpc: grpc(),
  });
  /** Shows the code of the input as it is, if it can be sent. */
  const showCode = latest(async () => {
    try {
      code.show(callOf(await form.read()));
    } catch {
      // The user has not finished; the code of the last input stays.
    }
  });
  /** Returns the seconds after which the server takes a call again, or 0. */
  async function send(content: Content, call: AbortController): Promise<number> {
    const { signal } = call;
    const { body, type } = bodyOf(content);
    try {
      signal.throwIfAborted();
      answer.wait();
      const from = performance.now();
      const response = await server.fetch(callee.path, {
        method: "POST",
        body,
        headers: {
          ...(type === undefined ? {} : { "content-type": type }),
          ...(items === undefined ? {} : { accept: EVENTS }),
        },
        signal,
      });
      const ms = performance.now() - from;
      await answer.show({ response, ms, blocksOf: callee.blocksOf, items }, signal);
      return Number(response.headers.get("retry-after")) || 0;
    } catch (error) {
      if (current === call) answer.fail(failureText(error));
      return 0;
    }
  }
  /** Sends the form as it is, in place of the calls that are under way. */
  async function run(): Promise<void> {
    drawn.drop();
    const call = begin();
    try {
      const content = await form.read();
      if (current === call) code.show(callOf(content));
      await send(content, call);
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
      if (current === call) answer.fail(error.message);
    }
    if (current === call) answer.reveal();
  }
  const drawn = live({
    async read() {
      try {
        return await form.read();
      } catch (error) {
        if (!(error instanceof FormError)) throw error;
        return undefined; // the pad is blank again
      }
    },
    clear() {
      begin();
      answer.clear();
    },
    send: (content) => send(content, begin()),
  });
  const codeSoon = debounced(showCode);
  const form = callee.form((how) => {
    if (how === "live") drawn.goOn();
    codeSoon();
  });
  const cancel = button(
    "Cancel",
    () => {
      drawn.drop();
      current?.abort();
    },
    { class: "quiet cancel" },
  );
  const actions = h(
    "div",
    { class: "row actions" },
    h("button", { type: "submit", class: "primary" }, "Send"),
    cancel,
    h("span", { class: "hint keys" }, "Ctrl + Enter"),
  );
  const input = h(
    "form",
    {
      class: "input",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void run();
      },
      onkeydown: (event) => {
        const { key, ctrlKey, metaKey } = event as KeyboardEvent;
        if (key === "Enter" && (ctrlKey || metaKey)) input.requestSubmit();
      },
    },
    form.element,
    actions,
  );
  const title = h("h2", { tabindex: -1 }, callee.name);
  const element = h("article", { class: "call" });
  fill(
    element,
    h("header", {}, title, ...callee.about),
    h("div", { class: "columns" }, input, answer.element),
    code.element,
  );
  showCode();
  return {
    element,
    close() {
      end();
      form.close?.();
    },
  };
}

/** Returns a function that runs another one once it has not been called for a moment. */
function debounced(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, 150);
  };
}

/** Returns the media type of the items of a stream. */
function itemType({ mimeType, types }: IoInfo): string {
  return mimeType ?? types.find((type) => type !== EVENTS) ?? "";
}

function failureText(error: unknown): string {
  if ((error as Error).name === "AbortError") return "Cancelled";
  return `The server did not answer: ${(error as Error).message}`;
}
