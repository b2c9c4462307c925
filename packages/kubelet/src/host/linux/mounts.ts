import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where something is mounted in this mount namespace, in the order of mounting. */
export async function mountPoints(): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  return table
    .split("\n")
    .filter(Boolean)
    .map((line) => unescapeOctal(line.split(" ")[4]!));
}

/** What lies in it is not written to swap where the kernel can promise that (Linux 6.4). */
export async function mountTmpfs(path: string, sizeBytes: number | undefined): Promise<void> {
  const size = sizeBytes === undefined ? [] : [`size=${sizeBytes}`];
  const mount = (options: readonly string[]) =>
    run("mount", ["-t", "tmpfs", ...(options.length > 0 ? ["-o", options.join(",")] : []), "tmpfs", path]);
  await mount([...size, "noswap"]).catch(() => mount(size));
}

/** Unmounts what lies at or below the path, innermost first. */
export async function unmountTree(path: string): Promise<void> {
  const below = (await mountPoints()).filter((point) => point === path || point.startsWith(`${path}/`));
  for (const point of below.reverse()) await run("umount", [point]).catch(() => run("umount", ["-l", point]));
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
