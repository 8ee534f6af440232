import process from "node:process";
import { runner, tensor } from "../src/index.ts";
import heavy from "./heavy.ts";
for (const backend of ["native", "wasm"]) {
  const r = runner(heavy, { name: backend, isolation: "process", workers: 1, optional: true, callTimeoutMs: 400, params: backend }) as any;
  await r.start();
  const pid = await r.pid(undefined);
  const t = performance.now();
  const bad = r.long(undefined).then((x: number) => `answered ${x}`, (e: Error) => e.message);
  setTimeout(() => process.kill(pid, "SIGKILL"), 200); // first run killed by hand inside native code, the second by callTimeoutMs
  const good = Promise.all(Array.from({ length: 100 }, (_, i) => r.classify(tensor("float32", [1, 1, 28, 28]), {}).then((y: any) => y.shape.join())));
  console.log(backend, r.backends, await bad, Math.round(performance.now() - t));
  const answers = await good;
  console.log(answers.length, new Set(answers), r.stats().restarts, r.stats().lostThreads);
  await r.close();
}
