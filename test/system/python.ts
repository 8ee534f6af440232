/** What Prometheus' own library for Python reads: Debian's. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("parse.py", import.meta.url));

interface PythonSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: Readonly<Record<string, string>> | null;
}

/**
 * The samples of metrics in a format, each by its name and labels as the text format writes them.
 *
 * @throws Error with what Python says where it cannot read them
 */
export function readByPython(
  format: "text" | "openmetrics",
  metrics: string,
): ReadonlyMap<string, PythonSample> {
  const { status, stdout, stderr } = spawnSync("/usr/bin/python3", [script, format], {
    input: metrics,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  const samples = JSON.parse(stdout) as readonly PythonSample[];
  return new Map(samples.map((each) => [written(each), { ...each, value: Number(each.value) }]));
}

function written({ name, labels }: PythonSample): string {
  const pairs = Object.entries(labels).map(([label, value]) => {
    const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    return `${label}="${escaped}"`;
  });
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}
