/** The script of the page: takes a picture, and shows what the model reads in it. */
import { connectServiceWorker } from "ekiben/service-worker";
import { drawIn } from "./drawing.ts";
import type { Mnist, Settings } from "./mnist.ts";
import { type Prediction, predict } from "./predict.ts";

/** Returns an element of the page. */
function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element "${id}"`);
  return found as T;
}

const query = new URLSearchParams(location.search);
const settings: Settings = {
  server: document.body.dataset["server"] ?? "",
  policy: (query.get("policy") ?? "auto") as Settings["policy"],
  backend: (query.get("backend") ?? undefined) as Settings["backend"],
};

let opened: Promise<Mnist> | undefined;
let isConnected = false;

/** Opens the service once. Its code is loaded when it is needed first. */
function mnist(): Promise<Mnist> {
  opened ??= import("./mnist.ts").then(({ openMnist }) => openMnist(settings));
  return opened;
}

const result = element("result");
const drawing = drawIn(element<HTMLCanvasElement>("canvas"), read);
let newest = 0;

/** Reads the digit in a picture. Only the newest one is shown. */
async function read(picture: Blob): Promise<void> {
  newest += 1;
  const own = newest;
  if (opened === undefined) result.textContent = "Loading the model …";
  try {
    const service = await mnist();
    const prediction = await predict(picture, isConnected ? undefined : service.open);
    if (own === newest) show(prediction, service);
  } catch (error) {
    if (own === newest) result.textContent = error instanceof Error ? error.message : `${error}`;
  }
}

const PLACES: Readonly<Record<string, string>> = {
  page: "this page",
  "service-worker": "the Service Worker",
  server: "the server",
};

function show({ digit, scores, place, reason, timeMs }: Prediction, service: Mnist): void {
  const percent = Math.round((scores[digit] ?? 0) * 100);
  result.textContent = `This is a ${digit} (${percent} %).`;
  element("scores").replaceChildren(...scores.map((score, of) => row(of, score, of === digit)));
  element("place").textContent = `${PLACES[place] ?? place}: ${reason}`;
  element("time").textContent = `${timeMs.toFixed(1)} ms`;
  const { backend, workers } = service.facts();
  element("backend").textContent = backend === "" ? "not loaded in this page" : backend;
  element("workers").textContent = String(workers);
}

function row(digit: number, score: number, isBest: boolean): HTMLLIElement {
  const line = document.createElement("li");
  if (isBest) line.className = "best";
  const meter = document.createElement("meter");
  meter.value = score;
  meter.ariaLabel = `Probability of ${digit}`;
  line.append(String(digit), meter, `${(score * 100).toFixed(1)} %`);
  return line;
}

/** Takes a picture that the user has, and reads it. */
async function take(picture: Blob): Promise<void> {
  await drawing.show(picture).catch(() => drawing.clear()); // the service says what is wrong
  await read(picture);
}

function listen(): void {
  element("clear").addEventListener("click", () => {
    newest += 1;
    drawing.clear();
    element("scores").replaceChildren();
    result.textContent = "Draw a digit.";
  });
  const file = element<HTMLInputElement>("file");
  file.addEventListener("change", () => {
    const [picture] = file.files ?? [];
    if (picture !== undefined) void take(picture);
  });
  const canvas = element("canvas");
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const [picture] = event.dataTransfer?.files ?? [];
    if (picture !== undefined) void take(picture);
  });
  for (const [type, isOver] of [
    ["dragenter", true],
    ["dragleave", false],
    ["drop", false],
  ] as const) {
    canvas.addEventListener(type, () => canvas.classList.toggle("over", isOver));
  }
  element("samples").addEventListener("click", async ({ target }) => {
    const picture = (target as Element).closest("button")?.querySelector("img");
    if (picture) void take(await (await fetch(picture.src)).blob());
  });
}

/** Shows the choice of places, which loads the page anew. */
function choosePlaces(): void {
  if (settings.server === "") return;
  element("policy-line").hidden = false;
  const policy = element<HTMLSelectElement>("policy");
  policy.value = settings.policy;
  policy.addEventListener("change", () => {
    query.set("policy", policy.value);
    location.search = query.toString();
  });
}

/** Connects this page to the Service Worker, so that it works offline and answers `fetch()`. */
async function connect(): Promise<void> {
  const offline = element("offline");
  try {
    const connection = await connectServiceWorker(async () => (await mnist()).open, {
      url: new URL("./service-worker.js", import.meta.url),
    });
    isConnected = true;
    offline.textContent = "this page is ready for it";
    connection.onUpdate(() => {
      element("update-line").hidden = false;
    });
    element("update").addEventListener("click", async () => {
      await connection.update();
      location.reload();
    });
  } catch (error) {
    offline.textContent = error instanceof Error ? error.message : `${error}`;
  }
}

listen();
choosePlaces();
// After the page is shown, and when the browser has nothing else to do.
const whenIdle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 500));
addEventListener("load", () => whenIdle(() => void connect()));
