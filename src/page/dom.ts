/**
 * h(): makes elements. Texts are always text nodes, so nothing that a server sends becomes markup.
 * @module
 */

/** A child of an element; undefined and false are none. */
export type Child = Node | string | number | undefined | false;

/** The attributes of an element: functions are listeners, true is an attribute without a value. */
export type Attributes = Readonly<
  Record<string, string | number | boolean | undefined | ((event: Event) => void)>
>;

/**
 * Makes an element.
 *
 * @example
 * h("button", { type: "button", onclick: run }, "Run")
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...nodes(children));
  return element;
}

/** Replaces the children of an element. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...nodes(children));
}

function nodes(children: readonly Child[]): (Node | string)[] {
  return children
    .filter((child) => child !== undefined && child !== false)
    .map((child) => (typeof child === "number" ? String(child) : child));
}

let last = 0;

/** Returns an id that no other element has. */
export function freshId(prefix: string): string {
  last += 1;
  return `${prefix}-${last}`;
}

/** Makes a label and its control, and the help below it. */
export function field(label: string, control: HTMLElement, help?: string): HTMLElement {
  if (control.id === "") control.id = freshId("field");
  const hint = help === undefined ? undefined : h("p", { class: "hint", id: `${control.id}-hint` });
  if (hint !== undefined && help !== undefined) {
    hint.textContent = help;
    control.setAttribute("aria-describedby", hint.id);
  }
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, hint);
}

/** Makes a button. */
export function button(
  label: string,
  onclick: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  return h("button", { type: "button", onclick, ...attributes }, label);
}
