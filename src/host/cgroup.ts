/**
 * The limits of the cgroup in which this process runs, as containers have them: of cgroup v1, v2,
 * and both at once. A limit of a group above it holds, too.
 * @module
 */

/** Reads a file; `undefined` where it is missing. */
export type ReadFile = (path: string) => string | undefined;

/**
 * Returns the cores that the quota of CPU time is worth, such as 1.5.
 *
 * @returns `undefined` without a quota
 */
export function cpuQuota(read: ReadFile): number | undefined {
  return least(groupsOf("cpu", read), ({ version, folder }) => {
    if (version === 2) return ratio(...(read(`${folder}/cpu.max`) ?? "").split(" "));
    return ratio(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`));
  });
}

/**
 * Returns the bytes of memory that the group may use.
 *
 * @returns `undefined` without a limit
 */
export function memoryLimit(read: ReadFile): number | undefined {
  return least(groupsOf("memory", read), ({ version, folder }) => {
    const name = version === 2 ? "memory.max" : "memory.limit_in_bytes";
    const bytes = positive(read(`${folder}/${name}`));
    // Version 1 has the largest multiple of a page for no limit.
    return bytes !== undefined && bytes < 2 ** 62 ? bytes : undefined;
  });
}

/** A group: the version of its files, and the folder that has them. */
interface Group {
  readonly version: 1 | 2;
  readonly folder: string;
}

/** Returns the group of this process for a controller, and the groups above it. */
function groupsOf(controller: string, read: ReadFile): readonly Group[] {
  const entries = (read("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  const first = entries.find(([, names = ""]) => names.split(",").includes(controller));
  const second = entries.find(([id, names]) => id === "0" && names === "");
  const path = (first ?? second)?.slice(2).join(":");
  if (path === undefined) return [];
  const version = first === undefined ? 2 : 1;
  const mount = mountOf(version === 2 ? undefined : controller, read);
  if (mount === undefined) return [];
  return foldersOf(path, mount).map((folder) => ({ version, folder }));
}

/** Where groups are mounted: the folder, and the group that is seen there. */
interface Mount {
  readonly root: string;
  readonly folder: string;
}

/** Returns the mount of a controller of version 1, or that of version 2. */
function mountOf(controller: string | undefined, read: ReadFile): Mount | undefined {
  for (const line of (read("/proc/self/mountinfo") ?? "").split("\n")) {
    const [mount = "", system = ""] = line.split(" - ");
    const [, , , root = "", folder = ""] = mount.split(" ");
    const [type, , options = ""] = system.split(" ");
    const isSecond = controller === undefined && type === "cgroup2";
    const isFirst =
      controller !== undefined && type === "cgroup" && options.split(",").includes(controller);
    if (isFirst || isSecond) return { root, folder };
  }
  return undefined;
}

/**
 * Returns the folders of a group and of those above it, up to the mount. In a container, the path
 * of the group may be that of the host, which is not mounted: its own group is the mount then.
 */
function foldersOf(path: string, { root, folder }: Mount): readonly string[] {
  const base = root === "/" ? "" : root;
  if (path !== base && !path.startsWith(`${base}/`)) return [folder];
  const names = path
    .slice(base.length)
    .split("/")
    .filter((name) => name !== "");
  return [folder, ...names.map((_, at) => [folder, ...names.slice(0, at + 1)].join("/"))];
}

function least(
  groups: readonly Group[],
  limitOf: (group: Group) => number | undefined,
): number | undefined {
  const limits = groups.map(limitOf).filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function ratio(quota?: string, period?: string): number | undefined {
  const [time, each] = [positive(quota), positive(period)];
  return time === undefined || each === undefined ? undefined : time / each;
}

/** Returns a number; `undefined` for `max` and for -1, which are no limits. */
function positive(text: string | undefined): number | undefined {
  const number = Number.parseInt(text ?? "", 10);
  return number > 0 ? number : undefined;
}
