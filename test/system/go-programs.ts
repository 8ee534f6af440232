/** Programs in Go: the client of the Open Inference Protocol among the fixtures, and grpcurl. */
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../support/runtimes.ts";

const TOOLS = [
  "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.8",
  "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.5.1",
  "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3",
];

const at = (path: string): string => fileURLToPath(new URL(path, root));

/**
 * Builds `client`, and `bin/grpcurl`, in a folder. On a new machine that takes minutes: Go compiles
 * all that they use, and keeps it.
 */
export function buildGoPrograms(folder: string): void {
  cpSync(at("test/system/fixtures/oip/"), folder, { recursive: true });
  // The folder in which Go installs itself, if it is not in the path.
  const PATH = `${process.env["PATH"]}:/usr/local/go/bin`;
  const env = { ...process.env, PATH, GOBIN: join(folder, "bin") };
  for (const tool of TOOLS) execFileSync("go", ["install", tool], { env, stdio: "ignore" });
  const buf = at("node_modules/@bufbuild/buf/bin/buf");
  const proto = at("proto");
  const generate = [
    "generate",
    proto,
    "--template",
    "buf.gen.yaml",
    "--path",
    `${proto}/inference`,
  ];
  execFileSync(process.execPath, [buf, ...generate], { cwd: folder });
  execFileSync("go", ["build", "-o", "client", "."], { cwd: folder, env });
}
