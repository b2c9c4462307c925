import { execFileSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";
import { dirname } from "node:path";

/** "2 × Intel Xeon, 24 GB, Linux 6.18" */
export function describeMachine(): string {
  const all = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${all.length} × ${all[0]?.model.trim() ?? "unknown processor"}, ${memory} GB, Linux ${release()}`;
}

/** The checkout's commit, marked when files differ from it. */
export function describeCommit(): string {
  const git = (...argv: readonly string[]) =>
    execFileSync("git", argv, { cwd: dirname(import.meta.dirname), encoding: "utf8" }).trim();
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no", "--", "../packages") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${changed ? " with changes" : ""}`;
  } catch {
    return "unknown";
  }
}
