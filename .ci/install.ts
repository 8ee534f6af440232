/**
 * Installs what a command needs, at its first run: packages for serving, and with `--dev` the test
 * tools and the other runtimes too. A later run sees that nothing has changed and does nothing.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dev = process.argv.includes("--dev");
install(new URL("../", import.meta.url), dev ? [] : ["--production"]);
if (dev) for (const folder of ["./", "./oldest/"]) install(new URL(folder, import.meta.url), []);

function install(folder: URL, flags: readonly string[]): void {
  const stamp = new URL("node_modules/.installed", folder);
  const lock = createHash("sha256").update(readFileSync(new URL("bun.lock", folder)));
  const wanted = lock.digest("hex");
  const found = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  // What was installed with the test tools serves too.
  if (found === `${wanted} all` || found === [wanted, ...flags].join(" ")) return;
  // Not console.error: on a terminal Bun prints that in red.
  process.stderr.write("Installing packages (the first run only)\n");
  const { status } = spawnSync(process.execPath, ["install", "--frozen-lockfile", ...flags], {
    cwd: fileURLToPath(folder),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) {
    console.error("error: the packages could not be installed; see above");
    process.exit(1);
  }
  writeFileSync(stamp, flags.length === 0 ? `${wanted} all` : [wanted, ...flags].join(" "));
}
