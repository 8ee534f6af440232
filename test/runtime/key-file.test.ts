import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { api, service, text } from "ekiben";
import { serve, serveGrpc } from "ekiben/serve";
import { Access } from "../../src/access/access.ts";
import { readKeys, watchKeys } from "../../src/runtime/key-file.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "ekiben-keys-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("readKeys() joins the keys of the options with those of the file", async (t) => {
  const file = join(folderOf(t), "keys");
  writeFileSync(file, "# of the team\r\nbob:bob-key-0002\r\n\n  third-key-3  \n");
  const { apiKeys } = await readKeys({ apiKeys: ["ada:ada-key-0001"], apiKeysFile: file });
  assert.deepEqual(apiKeys, ["ada:ada-key-0001", "bob:bob-key-0002", "third-key-3"]);
  assert.deepEqual(await readKeys({}), { apiKeys: undefined, digest: undefined });
});

test("readKeys() refuses a file that it cannot use, without its keys", async (t) => {
  const file = join(folderOf(t), "keys");
  const options = { apiKeysFile: file };
  await assert.rejects(readKeys(options), /^Error: Cannot read the API keys in .*keys: ENOENT/);
  for (const [content, message] of [
    ["", /^Error: There are no API keys in .*keys$/],
    ["# nothing\n", /There are no API keys/],
    ["ada:1234567\n", /key 1 of ".*keys", named ada, must have 8 or more/],
    ["ada:12345678\nada:abcdefgh", /".*keys" has two keys named ada/],
    ["x".repeat(2 ** 20 + 1), /Cannot read the API keys in .*keys: it has more than 1048576 bytes/],
  ] as const) {
    writeFileSync(file, content);
    await assert.rejects(readKeys(options), (error: Error) => {
      assert.match(String(error), message);
      assert.doesNotMatch(String(error), /1234567|abcdefgh/);
      return true;
    });
  }
});

test("readKeys() reads a pipe, which is not watched", async (t) => {
  const file = join(folderOf(t), "pipe");
  execFileSync("mkfifo", [file]);
  const [read] = await Promise.all([
    readKeys({ apiKeysFile: file }),
    writeFile(file, "ada:ada-key-0001\n"),
  ]);
  assert.deepEqual(read, { apiKeys: ["ada:ada-key-0001"], digest: undefined });
});

/** An access with the keys of a file, which is looked at when the test says so. */
async function watched(t: TestContext, apiKeysFile: string) {
  const clock = new FakeClock();
  const read = await readKeys({ apiKeysFile });
  const options = { apiKeys: read.apiKeys ?? [], rateLimit: { rate: "1/h", burst: 1 } };
  const access = new Access(options, { clock });
  const end = watchKeys({ apiKeysFile }, read, access, clock);
  t.after(end);
  /** Waits for a look: there is a timer between two. */
  const look = async (): Promise<void> => {
    clock.advance(2_000);
    await until(() => clock.pending === 1);
  };
  const nameOf = (key: string): string | undefined => {
    const header = (name: string) => (name === "x-api-key" ? key : undefined);
    const request = { method: "POST", path: "/", peer: undefined, header };
    try {
      return access.enter(request as never, () => {}, "metrics");
    } catch {
      return undefined;
    }
  };
  return { access, clock, end, look, nameOf };
}

test("watchKeys() takes the keys of a file that is the same in two looks", async (t) => {
  using logged = silenced();
  const file = join(folderOf(t), "keys");
  writeFileSync(file, "ada:ada-key-0001");
  const { look, nameOf, end, clock } = await watched(t, file);
  writeFileSync(file, "ada:ada-key-0002\nbob:bob-key-0");
  await look();
  assert.deepEqual([nameOf("ada-key-0001"), nameOf("bob-key-0")], ["ada", undefined]);
  writeFileSync(file, "ada:ada-key-0002\nbob:bob-key-0002");
  await look();
  assert.equal(nameOf("bob-key-0"), undefined, "a part of a key is no key");
  await look();
  assert.deepEqual(["ada-key-0001", "ada-key-0002", "bob-key-0002"].map(nameOf), [
    undefined,
    "ada",
    "bob",
  ]);
  assert.match(logged.text, /Read the API keys in .*keys.* anew: there are .?2/);
  assert.doesNotMatch(logged.text, /key-000/);
  end();
  assert.equal(clock.pending, 0);
});

test("watchKeys() leaves the keys as they are while the file cannot be used", async (t) => {
  using logged = silenced();
  const file = join(folderOf(t), "keys");
  writeFileSync(file, "ada:ada-key-0001");
  const { look, nameOf } = await watched(t, file);
  const mountFolder = (): void => {
    unlinkSync(file);
    mkdirSync(file);
  };
  for (const [spoil, message] of [
    [() => unlinkSync(file), /remain as they were: .*ENOENT/],
    [() => writeFileSync(file, ""), /remain as they were: .*There are no API keys in/],
    [() => writeFileSync(file, "bob:short"), /remain as they were: .*named bob, must have 8/],
    [mountFolder, /remain as they were: .*is not a file any more/],
  ] as const) {
    const before = logged.text.length;
    spoil();
    for (let looks = 0; looks < 4; looks++) await look();
    const since = logged.text.slice(before);
    assert.match(since, message);
    assert.equal(since.match(/remain as they were/g)?.length, 1, "it is said once");
    assert.equal(nameOf("ada-key-0001"), "ada");
  }
  rmSync(file, { recursive: true });
  writeFileSync(file, "bob:bob-key-0002");
  for (let looks = 0; looks < 2; looks++) await look();
  assert.deepEqual([nameOf("ada-key-0001"), nameOf("bob-key-0002")], [undefined, "bob"]);
});

test("watchKeys() follows a mounted secret of Kubernetes, whose links are swapped", async (t) => {
  using _ = silenced();
  const folder = folderOf(t);
  const publish = (version: string, content: string): void => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, "keys"), content);
    symlinkSync(version, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  };
  publish("..2026_01", "ada:ada-key-0001");
  symlinkSync("..data/keys", join(folder, "keys"));
  const { look, nameOf } = await watched(t, join(folder, "keys"));
  publish("..2026_02", "ada:ada-key-0002"); // of the same length
  for (let looks = 0; looks < 2; looks++) await look();
  assert.deepEqual([nameOf("ada-key-0001"), nameOf("ada-key-0002")], [undefined, "ada"]);
});

test("Access.replaceKeys() keeps the tokens of keys that stay, and forgets the others", () => {
  const rateLimit = { rate: "1/h", burst: 1 };
  const access = new Access(
    { apiKeys: ["ada:ada-key-0001"], rateLimit },
    { clock: new FakeClock() },
  );
  const enter = (key: string) => {
    const header = (name: string) => (name === "x-api-key" ? key : undefined);
    return access.enter({ method: "POST", peer: "::1", header } as never, () => {});
  };
  assert.equal(enter("ada-key-0001"), "ada");
  access.replaceKeys(["ada:ada-key-0002", "bob:bob-key-0002"]);
  assert.throws(() => enter("ada-key-0001"), /not one of this server's/);
  assert.throws(() => enter("ada-key-0002"), /Too many requests with the key ada/);
  assert.equal(enter("bob-key-0002"), "bob");
  access.replaceKeys(["ada:ada-key-0002"]);
  access.replaceKeys(["bob:bob-key-0002"]);
  assert.equal(enter("bob-key-0002"), "bob");
  assert.throws(() => access.replaceKeys([]), /has no key/);
  assert.throws(() => new Access({}, { clock: new FakeClock() }).replaceKeys(["x"]), /need none/);
});

const guarded = () =>
  service("guarded", {
    runners: [],
    apis: { who: api({ input: text(), output: text() }, (_, { keyName }) => keyName ?? "") },
  });

test("serve() reads its file of keys anew, and its metrics have the same keys", async (t) => {
  using _ = silenced();
  const file = join(folderOf(t), "keys");
  writeFileSync(file, "ada:ada-key-0001");
  const options = { port: 0, grpcPort: false, apiKeys: ["ci:ci-key-0001"] } as const;
  await using server = await serve(guarded(), { ...options, apiKeysFile: file });
  const statusOf = async (key: string, path = "/metrics"): Promise<number> => {
    const response = await fetch(server.url + path, { headers: { "x-api-key": key } });
    await response.body?.cancel();
    return response.status;
  };
  assert.deepEqual([await statusOf("ada-key-0001"), await statusOf("ci-key-0001")], [200, 200]);
  writeFileSync(file, "ada:ada-key-0002");
  await until(async () => (await statusOf("ada-key-0002")) === 200);
  assert.deepEqual([await statusOf("ada-key-0001"), await statusOf("ci-key-0001")], [401, 200]);
});

test("serve() and serveGrpc() open no port with a file of keys that is missing", async () => {
  using _ = silenced();
  const options = { port: 0, apiKeysFile: "/nowhere/keys" };
  await assert.rejects(serve(guarded(), options), /Cannot read the API keys in \/nowhere\/keys/);
  await assert.rejects(serveGrpc(guarded(), { ...options, metricsPort: 0 }), /nowhere\/keys/);
});
