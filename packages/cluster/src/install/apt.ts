import { access, chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, quoted, run } from "../machine/command.ts";

const INSTALL_LIMIT_MS = 15 * 60_000;
const POLICY_PATH = "/usr/sbin/policy-rc.d";
const POLICY_VARIABLE = "DINGI_KEEPS_SERVICES_DOWN";
/** Answers "not allowed" to our installation alone, so that even one left by a crash changes nothing. */
const POLICY = `#!/bin/sh\n[ -z "$${POLICY_VARIABLE}" ] || exit 101\nexit 0\n`;

export interface AptOptions {
  readonly signal?: AbortSignal | undefined;
  /** What is done now, as in "Installing containerd and crun". */
  readonly onStep?: (step: string) => void;
  /** For tests, which must not touch the machine's own. */
  readonly listsDirectory?: string;
  readonly policyPath?: string;
  readonly program?: string;
}

export class InstallError extends Error {
  override name = "InstallError";
}

/**
 * Installs Debian or Ubuntu packages and nothing that would remove another; their services are not started.
 * Fetches the lists of packages when there are none, or when the first try fails, as with lists that are out of date.
 */
export async function installPackages(packages: readonly string[], options: AptOptions = {}): Promise<void> {
  if (packages.length === 0) return;
  const { signal, onStep = () => {} } = options;
  const names = new Intl.ListFormat("en").format(packages);
  const haveLists = await hasLists(options.listsDirectory ?? "/var/lib/apt/lists");
  try {
    if (!haveLists) await update(options);
    onStep(`Installing ${names}`);
    await install(packages, options);
  } catch (error) {
    signal?.throwIfAborted();
    if (!haveLists || !(error instanceof CommandError)) throw refused(packages, error);
    try {
      await update(options);
      await install(packages, options);
    } catch (again) {
      signal?.throwIfAborted();
      throw refused(packages, again);
    }
  }
}

async function update({ signal, program, onStep = () => {} }: AptOptions): Promise<void> {
  onStep("Fetching the lists of packages");
  await aptGet(["update"], { signal, program });
}

async function install(packages: readonly string[], options: AptOptions): Promise<void> {
  const { policyPath = POLICY_PATH, signal, program } = options;
  const argv = ["install", "--yes", "--no-remove", "--no-install-recommends", ...packages];
  const made = await writeFile(policyPath, POLICY, { flag: "wx", mode: 0o755 }).then(
    () => true,
    () => false,
  );
  if (!made) return installBehindPolicy(argv, policyPath, { signal, program });
  try {
    await chmod(policyPath, 0o755); // Whatever the umask.
    await aptGet(argv, { signal, program });
  } finally {
    await rm(policyPath, { force: true });
  }
}

/** The administrator has a policy already: ours is laid over it in a mount namespace that only apt sees. */
async function installBehindPolicy(argv: readonly string[], policyPath: string, call: AptCall): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "dingi-policy-"));
  try {
    const policy = join(folder, "policy-rc.d");
    await writeFile(policy, POLICY, { mode: 0o755 });
    const script = `mount --bind ${quoted(policy)} ${quoted(policyPath)}\nexec "$@"`;
    await aptGet(argv, {
      ...call,
      before: ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh"],
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface AptCall {
  readonly signal: AbortSignal | undefined;
  readonly program: string | undefined;
  readonly before?: readonly string[];
}

async function aptGet(argv: readonly string[], { signal, program = "apt-get", before = [] }: AptCall): Promise<void> {
  const settings = ["-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0", "-q"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8", [POLICY_VARIABLE]: "1" };
  await run([...before, program, ...settings, ...argv], { signal, env, timeoutMs: INSTALL_LIMIT_MS });
}

async function hasLists(directory: string): Promise<boolean> {
  const files = await readdir(directory).catch(() => []);
  return files.some((name) => /_Packages(\.|$)/.test(name));
}

function refused(packages: readonly string[], error: unknown): InstallError {
  const said =
    error instanceof CommandError && error.stderr.trim() !== ""
      ? error.stderr.trim()
      : String((error as Error).message);
  const what = new Intl.ListFormat("en").format(packages);
  return new InstallError(
    `apt-get did not install ${what}. It said:\n\n${indent(said)}\n\nInstall them yourself, and run this again`,
    {
      cause: error,
    },
  );
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}

export async function hasApt(path = "/usr/bin/apt-get"): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
