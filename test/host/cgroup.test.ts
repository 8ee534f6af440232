/** Cores and memory as containers limit them, by the files of /proc and /sys/fs/cgroup. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuQuota, memoryLimit } from "../../src/host/cgroup.ts";
import { coresOf } from "../../src/host/cores.ts";

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly cpus?: number;
  readonly bytes?: number;
  /** The cores, of 8. */
  readonly cores: number;
}

const SECOND = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw";
/** The mount of a controller of version 1, with the part of the tree that is seen there. */
const first = (controllers: string, root: string): string =>
  `33 23 0:30 ${root} /sys/fs/cgroup/${controllers} rw - cgroup cgroup rw,${controllers}`;
const GIB = 2 ** 30;

const CASES: readonly Case[] = [
  { name: "macOS and Windows", files: {}, cores: 8 },
  {
    name: "a container with cgroup v2",
    files: {
      "/proc/self/cgroup": "0::/",
      "/proc/self/mountinfo": SECOND,
      "/sys/fs/cgroup/cpu.max": "250000 100000",
      "/sys/fs/cgroup/memory.max": `${GIB}`,
    },
    cpus: 2.5,
    bytes: GIB,
    cores: 2,
  },
  {
    name: "cgroup v2 without limits",
    files: {
      "/proc/self/cgroup": "0::/",
      "/proc/self/mountinfo": SECOND,
      "/sys/fs/cgroup/cpu.max": "max 100000",
      "/sys/fs/cgroup/memory.max": "max",
    },
    cores: 8,
  },
  {
    name: "a unit of systemd in a slice with less",
    files: {
      "/proc/self/cgroup": "0::/a.slice/b:c.service",
      "/proc/self/mountinfo": SECOND,
      "/sys/fs/cgroup/a.slice/cpu.max": "150000 100000",
      "/sys/fs/cgroup/a.slice/b:c.service/cpu.max": "400000 100000",
      "/sys/fs/cgroup/a.slice/b:c.service/memory.max": `${2 * GIB}`,
    },
    cpus: 1.5,
    bytes: 2 * GIB,
    cores: 1,
  },
  {
    name: "a container with cgroup v1, whose own group is mounted",
    files: {
      "/proc/self/cgroup": "4:memory:/docker/4f\n3:cpu,cpuacct:/docker/4f\n0::/docker/4f",
      "/proc/self/mountinfo": [
        first("cpu,cpuacct", "/docker/4f"),
        first("memory", "/docker/4f"),
        "40 23 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
      ].join("\n"),
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${GIB / 2}`,
    },
    cpus: 0.5,
    bytes: GIB / 2,
    cores: 1,
  },
  {
    name: "a container whose path is that of the host, which is not mounted",
    files: {
      "/proc/self/cgroup": "3:cpu:/kubepods/pod1/4f",
      "/proc/self/mountinfo": first("cpu", "/kubepods/pod1/4e"),
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    },
    cpus: 3,
    cores: 3,
  },
  {
    name: "cgroup v1 without limits",
    files: {
      "/proc/self/cgroup": "4:memory:/\n3:cpu:/",
      "/proc/self/mountinfo": `${first("cpu", "/")}\n${first("memory", "/")}`,
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
    },
    cores: 8,
  },
  {
    name: "a quota above the cores",
    files: {
      "/proc/self/cgroup": "0::/",
      "/proc/self/mountinfo": SECOND,
      "/sys/fs/cgroup/cpu.max": "1600000 100000",
    },
    cpus: 16,
    cores: 8,
  },
];

for (const { name, files, cpus, bytes, cores } of CASES) {
  test(`the limits of ${name}`, () => {
    const read = (path: string): string | undefined => files[path];
    assert.equal(cpuQuota(read), cpus);
    assert.equal(memoryLimit(read), bytes);
    assert.equal(coresOf(8, read), cores);
  });
}
