/** Programs with the clients of others, beside the servers of the tests. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CLIENTS = ["tritonclient[http,grpc]==2.73.0", "kserve==0.21.0"];

const OIP = "ekiben-oip-clients";

const PIP_FLAGS = ["--quiet", "--disable-pip-version-check", "--prefer-binary", "--retries", "10"];

/** The Python that has the clients of Triton and KServe, once `installClients()` has run. */
export const python: string = join(tmpdir(), OIP, "bin", "python");

/** Installs these clients, and keeps them in the temporary directory. */
export function installClients(): void {
  pythonWith(OIP, CLIENTS);
}

/** The fuzzer of OpenAPI documents and BentoML's newer clients: one environment has both. */
const OTHERS = ["schemathesis==4.32.5", "bentoml==1.4.38", "pandas", "pillow"];

/**
 * Returns the Python that has the fuzzer and BentoML's newer clients. Installing them takes minutes
 * on a busy machine: test files call this while they are loaded, so that no test's time is used.
 */
export function pythonOfClients(): string {
  return pythonWith("ekiben-python-clients", OTHERS);
}

/** What BentoML 1.1.11 was made for, where it takes newer versions that it fails with. */
const OF_1_1 = [
  ...["bentoml[grpc]==1.1.11", "setuptools<80", "pandas<2.3", "numpy<2", "pillow", "protobuf<5"],
  ...["grpcio-health-checking<1.63", "grpcio-reflection<1.63", "grpcio-status<1.63"],
];

/** Returns the Python that has BentoML's older clients. */
export function pythonOfOlderClients(): string {
  return pythonWith("ekiben-bentoml-1.1", OF_1_1);
}

/** Makes the Python of a folder, and installs packages for it. */
const INSTALL = `
  folder=$1; shift
  [ -e "$folder/installed" ] && exit
  python3 -m venv "$folder" &&
    "$folder/bin/python" -m pip install "$@" &&
    touch "$folder/installed"
`;

/** Returns a Python that has packages, which are kept in a folder of the temporary directory. */
function pythonWith(name: string, packages: readonly string[]): string {
  const folder = join(tmpdir(), name);
  if (!existsSync(join(folder, "installed"))) {
    // Test files that run at the same time want the same packages: one installs them.
    const command = ["sh", "-c", INSTALL, "sh", folder, ...PIP_FLAGS, ...packages];
    execFileSync("flock", [`${folder}.lock`, ...command]);
  }
  return join(folder, "bin", "python");
}

/** Runs a program to its end. Returns its output. @throws AssertionError if it fails */
export async function outputOf(
  program: string,
  args: readonly string[],
  input = "",
): Promise<string> {
  const { code, output } = await endOf(program, args, input);
  assert.equal(code, 0, `${program} ${args[0]}: ${output}`);
  return output;
}

/** Runs a program to its end, whatever that is. @param cwd its folder, for what it writes */
export async function endOf(
  program: string,
  args: readonly string[],
  input = "",
  cwd?: string,
): Promise<{ readonly code: unknown; readonly output: string }> {
  const place = cwd === undefined ? {} : { cwd };
  const child = spawn(program, args, { ...place, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {}); // EPIPE, if it ends before it has read its input
  child.stdin.end(input);
  let output = "";
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  return { code, output };
}
