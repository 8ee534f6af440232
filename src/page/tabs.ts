/**
 * Tabs: one panel of several is shown (WAI-ARIA's pattern, with arrow keys).
 * @module
 */

import { fill, freshId, h } from "./dom.ts";

/** A tab and its panel. */
export interface Tab {
  readonly label: string;
  readonly panel: HTMLElement;
  onShow?(): void;
  onHide?(): void;
}

/** Tabs that are shown. */
export interface Tabs {
  readonly element: HTMLElement;
  /** The position of the tab that is shown. */
  readonly shown: number;
  show(at: number): void;
}

/**
 * @param label the name of the tabs
 * @param onShow called when the user has chosen another tab
 */
export function tabs(label: string, all: readonly Tab[], onShow: () => void = () => {}): Tabs {
  const prefix = freshId("tabs");
  const panel = h("div", { class: "panel", role: "tabpanel", id: `${prefix}-panel` });
  let shown = -1;
  const buttons = all.map((tab, at) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `${prefix}-${at}`,
        "aria-controls": panel.id,
        onclick: () => choose(at),
      },
      tab.label,
    ),
  );
  const show = (at: number): void => {
    if (shown === at) return;
    all[shown]?.onHide?.();
    shown = at;
    for (const [each, element] of buttons.entries()) {
      element.setAttribute("aria-selected", String(each === at));
      element.tabIndex = each === at ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", `${prefix}-${at}`);
    fill(panel, all[at]?.panel);
    all[at]?.onShow?.();
  };
  const choose = (at: number): void => {
    if (shown === at) return;
    show(at);
    onShow();
  };
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs" }, ...buttons);
  list.addEventListener("keydown", ({ key }) => {
    const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = (shown + step + all.length) % all.length;
    choose(next);
    buttons[next]?.focus();
  });
  show(0);
  return {
    element: h("div", { class: "tabbed" }, all.length > 1 && list, panel),
    get shown() {
      return shown;
    },
    show,
  };
}
