/**
 * Opening of a page in the browser of the person at the terminal.
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";

/** Opens a URL in the default browser; says so if there is none, which is no failure. */
export function openBrowser(url: string): void {
  const [program, ...args] = opener();
  const unable = (): void => console.error(`There is no browser to open: visit ${url}`);
  const child = spawn(program, [...args, url], { stdio: "ignore", detached: true });
  child.on("error", unable);
  child.on("exit", (code) => {
    if (code !== 0) unable();
  });
  child.unref();
}

/** Returns the command that opens a URL; `BROWSER` names another one. */
function opener(): readonly [string, ...string[]] {
  const { BROWSER: own } = process.env;
  if (own !== undefined && own !== "") return [own];
  if (process.platform === "darwin") return ["open"];
  // The first text in quotes would be the title of a window.
  return process.platform === "win32" ? ["cmd", "/c", "start", '""'] : ["xdg-open"];
}
