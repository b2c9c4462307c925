import { access } from "node:fs/promises";
import { run } from "../machine/command.ts";
import { type AptOptions, hasApt, InstallError, installPackages } from "./apt.ts";
import { findPrograms, type Programs } from "./programs.ts";

interface InstallOptions extends AptOptions {
  /** For tests. */
  readonly path?: string;
}

interface Installed {
  readonly programs: Programs;
  /** The packages that had to be installed. */
  readonly packages: readonly string[];
}

/**
 * Finds the programs that nodes are made of, and installs only what is missing. With everything there it costs a few
 * milliseconds. Needs root when something is missing.
 */
export async function ensureInstalled(options: InstallOptions = {}): Promise<Installed> {
  const found = await findPrograms(options.path);
  if (found.missing.length === 0) return { programs: found.programs, packages: [] };
  if (!(await hasApt())) {
    throw new InstallError(
      `This machine has no apt-get, so dingi cannot install what is missing: ${found.missing.join(", ")} (Debian's names). ` +
        "Install them by other means so that their programs are on the PATH, or use --runtime simulated",
    );
  }
  await installPackages(found.missing, options);
  if (found.missing.includes("containerd")) await leaveToDingi("containerd.service");
  const again = await findPrograms(options.path);
  if (again.missing.length > 0) {
    throw new InstallError(
      `The programs of ${again.missing.join(", ")} are still not found, although apt-get succeeded; see PATH`,
    );
  }
  return { programs: again.programs, packages: found.missing };
}

/** dingi starts its own; the package would have the machine start another at its next boot. */
async function leaveToDingi(unit: string): Promise<void> {
  const hasSystemd = await access("/run/systemd/system").then(
    () => true,
    () => false,
  );
  // A machine that refuses this merely runs one daemon more.
  if (hasSystemd) await run(["systemctl", "disable", "--quiet", unit]).catch(() => {});
}
