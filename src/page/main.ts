/**
 * The page at `/`: what the service is, a form for each API and each model, and live charts.
 * @module
 */

import { fill, h } from "./dom.ts";
import { Server } from "./server.ts";
import { shell } from "./shell/shell.ts";

const server = new Server(location.href);
const root = document.querySelector("#page");
if (root !== null) {
  shell(root, server).catch((error: unknown) => {
    fill(root, h("p", { class: "boot", role: "alert" }, `The page failed: ${error}`));
  });
}
