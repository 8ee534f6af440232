/** The proto files of services are what buf and protobuf's compiler take. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { type DescFile, fromBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { descriptorOf } from "../../src/proto/descriptor.ts";
import { protoFile, protoText } from "../../src/proto/index.ts";
import { echo } from "../proto/strange.ts";
import { rootPath, temporaryFolder } from "./checkout.ts";

const buf = join(rootPath, "node_modules/@bufbuild/buf/bin/buf");

test("a proto file passes buf's lint, and has the descriptor that buf makes of it", () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const runBuf = (...args: readonly string[]): void => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [buf, ...args], {
      cwd: folder,
      encoding: "utf8",
      timeout: 300_000,
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
  };
  const file = protoFile(echo);
  mkdirSync(join(folder, dirname(file.path)), { recursive: true });
  writeFileSync(join(folder, file.path), protoText(file));
  writeFileSync(join(folder, "buf.yaml"), "version: v2\nlint:\n  use: [STANDARD]\n");
  runBuf("lint");
  runBuf("build", "--as-file-descriptor-set", "--exclude-source-info", "-o", "set.binpb");
  const set = fromBinary(FileDescriptorSetSchema, readFileSync(join(folder, "set.binpb")));
  const built = set.file.find(({ name }) => name === file.path);
  assert.ok(built);
  const { proto }: DescFile = descriptorOf(file);
  const json = (of: typeof proto) => toJson(FileDescriptorProtoSchema, of);
  assert.deepEqual(json(proto), json(built));
});
