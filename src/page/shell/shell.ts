/**
 * The frame of the page: its head, the list of APIs and models, the chosen one, and the charts.
 * @module
 */

import { inferBlocks } from "../answer/infer-blocks.ts";
import { type ApiInfo, type OpenApi, readService, type ServiceInfo } from "../apis.ts";
import { type Callee, type CallView, callView } from "../call-view.ts";
import { mountCharts } from "../charts/charts.ts";
import { fill, h } from "../dom.ts";
import { formOf } from "../form/form-of.ts";
import { modelForm } from "../form/model-form.ts";
import { inferPath, type ModelInfo, type ModelState, readModel, readModels } from "../models.ts";
import type { Server } from "../server.ts";
import type { Call } from "../snippet/call.ts";
import { countText } from "../text.ts";
import { keyPrompt } from "./key-prompt.ts";
import { modelAbout } from "./model-about.ts";
import { type Group, navigation } from "./navigation.ts";
import { watchStatus } from "./status.ts";

/** The description of the service. */
const DOCUMENT = "/openapi.json";

/** What only the server knows. */
interface About {
  readonly version?: string;
  readonly grpcPort?: number;
}

/** Fills the page, and keeps it up to date. */
export async function shell(root: Element, server: Server): Promise<void> {
  // The service tells its name only to those who may call it.
  const title = h("h1", {}, new URL(server.base).host);
  const summary = h("p", { class: "summary" });
  const status = watchStatus(server, () => void load());
  const key = keyPrompt(server, () => void load());
  const view = h("div", { class: "view", id: "view" });
  const charts = h("section", { class: "charts", "aria-label": "Live metrics" });
  const menu = navigation((id) => show(id));
  const head = h("header", { class: "head" }, h("div", {}, title, summary), status.element);
  const links = h("nav", { class: "links", "aria-label": "Documents" }, ...documents(server));
  const foot = h("footer", {}, links);
  fill(
    root,
    h("a", { href: "#view", class: "skip" }, "Skip to the form"),
    head,
    status.trouble,
    key.element,
    h("div", { class: "layout" }, menu.element, view),
    charts,
    foot,
  );

  let about: About = {};
  let callees: ReadonlyMap<string, () => Promise<Callee>> = new Map();
  let shown: CallView | undefined;
  const grpc = (): Call["grpc"] => {
    const { protocol, hostname } = new URL(server.base);
    if (about.grpcPort === undefined) return undefined;
    return { address: `${hostname}:${about.grpcPort}`, isSecure: protocol === "https:" };
  };
  let chosen: string | undefined;
  async function show(id: string): Promise<void> {
    const make = callees.get(id);
    if (make === undefined) return;
    chosen = id;
    const callee = await make();
    if (chosen !== id) return; // another was chosen meanwhile
    shown?.close();
    shown = callView(callee, { server, grpc });
    fill(view, shown.element);
  }
  async function load(): Promise<void> {
    const [document, told] = await Promise.all([
      server.json<OpenApi>(DOCUMENT),
      server.json<About>("/?ui=about"),
    ]);
    about = told ?? {};
    if (document === undefined) return;
    key.hide();
    const service = readService(document);
    const models = service.hasModels ? await readModels(server) : [];
    fill(title, service.title);
    globalThis.document.title = `${service.title} · Ekiben`;
    fill(summary, summaryOf(service, models.length, about));
    callees = calleesOf(service, models, server);
    menu.show(groupsOf(service, models));
  }
  await load();
  mountCharts(charts, { base: server.base, headers: () => server.headers() });
}

/** Returns the entries of the menu. */
function groupsOf({ apis }: ServiceInfo, models: readonly ModelState[]): readonly Group[] {
  const ofApis = apis.map(({ name, description, path, input, output }) => {
    return { id: `api/${name}`, name, description, form: JSON.stringify([path, input, output]) };
  });
  const ofModels = models.map(({ name, state: description = "" }) => {
    return { id: `model/${name}`, name, description, form: "" };
  });
  const groups = [
    { title: "APIs", entries: ofApis },
    { title: "Models", entries: ofModels },
  ];
  // The APIs of a model without code take its tensors by name: the model itself has better forms.
  const isModel = models.length > 0 && apis[0]?.input.kind === "namedTensors";
  return isModel ? groups.toReversed() : groups;
}

function summaryOf(service: ServiceInfo, models: number, { version }: About): string {
  const { apis } = service;
  return [
    ...(service.version === "" || service.version === "not available" ? [] : [service.version]),
    ...(apis.length === 0 ? [] : [countText(apis.length, "API")]),
    ...(models === 0 ? [] : [countText(models, "model")]),
    ...(version === undefined ? [] : [`Ekiben ${version}`]),
  ].join(" · ");
}

function documents(server: Server): readonly HTMLElement[] {
  const link = (path: string, text: string): HTMLElement =>
    h("a", { href: server.urlOf(path) }, text);
  return [link(DOCUMENT, "OpenAPI"), link("/metrics", "Metrics"), link("/readyz", "Readiness")];
}

/** Returns functions that make what a view calls, by the ids of the menu. */
function calleesOf(
  service: ServiceInfo,
  models: readonly ModelState[],
  server: Server,
): ReadonlyMap<string, () => Promise<Callee>> {
  return new Map([
    ...service.apis.map((api) => [`api/${api.name}`, async () => apiCallee(api, service)] as const),
    ...models.map((state) => [`model/${state.name}`, () => modelCallee(state, server)] as const),
  ]);
}

function apiCallee(api: ApiInfo, { resolve }: ServiceInfo): Callee {
  const { name, path, description, input } = api;
  return {
    name,
    path,
    about: [
      ...(description === "" ? [] : [h("p", {}, description)]),
      h("p", { class: "hint" }, h("code", {}, `POST ${path}`)),
    ],
    form: (onChange) => formOf(labelOf(input.kind), input, { resolve, onChange }),
    api,
  };
}

const LABELS: Readonly<Record<string, string>> = {
  text: "Text",
  json: "Input",
  image: "Picture",
  ndarray: "Tensor",
  dataframe: "Table",
  series: "Series",
  namedTensors: "Tensors",
  file: "File",
};

function labelOf(kind: string): string {
  return LABELS[kind] ?? "Input";
}

async function modelCallee(state: ModelState, server: Server): Promise<Callee> {
  const { name } = state;
  const model: ModelInfo = (await readModel(server, name)) ?? { name };
  return {
    name,
    path: inferPath(name),
    about: modelAbout(model, state),
    form: (onChange) => modelForm(model.inputs ?? [], onChange),
    blocksOf: inferBlocks,
  };
}
