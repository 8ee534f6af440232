/**
 * Runs the command line, and stops it with the npx that started it.
 *
 * npm passes a signal on to the shell that it runs a command in, and no further. Debian's shell
 * ends of it and tells nobody, so the server would go on and keep its port.
 */
import { readFileSync } from "node:fs";

/** How often to look whether npm's shell is still there. */
const LOOK_MS = 100;

if (process.platform === "linux" && process.env["npm_config_user_agent"]?.startsWith("npm/")) {
  // The parent is `bun run`; its own parent is that shell, until the shell has ended.
  const shell = parentOf(process.ppid);
  const timer = setInterval(() => {
    if (parentOf(process.ppid) === shell) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_MS);
  timer.unref();
}
await import("../src/cli/main.ts");

/** The parent of a process: the second word after its name in parentheses, as proc(5) says. */
function parentOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
  } catch {
    return undefined;
  }
}
