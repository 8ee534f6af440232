/**
 * The module of the guard: a thread of a worker process that ends the process together with the one
 * that started it, even while the process is in native code or in a loop. It also reports the
 * memory of the process, where the other one cannot read that itself.
 * @module
 */

import process from "node:process";
import { GUARD_FD, inheritedSocket } from "./channel.ts";
import { killGroup } from "./kill-group.ts";

/** The time between two reports. */
const REPORT_MS = 50;

const socket = inheritedSocket(GUARD_FD);
const end = (): void => killGroup(process.pid);
socket.on("error", end);
socket.on("end", end);
socket.on("close", end);
// The first byte asks for reports.
socket.once("data", () => {
  setInterval(() => socket.write(`${process.memoryUsage.rss()}\n`), REPORT_MS);
});
socket.on("data", () => {});
