/** The Debian packages that the system tests need. */
import { spawnSync } from "node:child_process";

const PACKAGES = [
  // Vulkan in software, on which Deno's WebGPU runs without a GPU.
  "mesa-vulkan-drivers",
  // What scrapes metrics, with promtool, and what else reads them.
  "prometheus",
  "python3-prometheus-client",
  // What the examples of docs/ in Python use.
  "python3-numpy",
  "python3-requests",
  // The browser in which a service runs.
  "chromium",
  // The proxies that servers stand behind.
  "haproxy",
  "nginx",
  // The shells that complete the command line, beside bash.
  "fish",
  "zsh",
] as const;

/** Not unpacked: with them Debian would start services of its own, now or at the next boot. */
const SERVICES = ["prometheus", "haproxy", "nginx"].flatMap((name) => [
  `/etc/init.d/${name}`,
  `/lib/systemd/system/${name}.service`,
]);

/** Installs what is missing where this process is root; otherwise says what to install and ends. */
export function installPackages(): void {
  const missing = PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const excludes = SERVICES.map((path) => `-o DPkg::Options::=--path-exclude=${path}`).join(" ");
  const command = `apt-get install -y --no-install-recommends ${excludes} ${missing.join(" ")}`;
  if (process.getuid?.() !== 0) {
    console.error(`The system tests need Debian packages; as root: apt-get update && ${command}`);
    process.exit(1);
  }
  console.log(`Installing ${missing.join(", ")}`);
  const script = `(apt-get update && ${command}) >/dev/null`;
  const { status } = spawnSync("sh", ["-c", script], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status === 0) return;
  console.error(`The packages could not be installed: ${missing.join(", ")}`);
  process.exit(1);
}

function isInstalled(name: string): boolean {
  const { status, stdout } = spawnSync("dpkg", ["--status", name]);
  return status === 0 && String(stdout).includes("Status: install ok installed");
}
