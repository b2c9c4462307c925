import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const SUITE = process.env["DEBIAN_SUITE"] ?? "trixie";
const KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** What the tests call in agnhost's and other images with a whole system, and what every Debian has. */
const BASE = [
  "base-files base-passwd bash coreutils dash debianutils diffutils findutils grep gzip hostname libc-bin mawk",
  "ncurses-base procps sed tar util-linux bind9-dnsutils bind9-host ca-certificates curl iperf iproute2 iputils-ping",
  "netcat-openbsd socat wget",
].flatMap((line) => line.split(" "));
const SINGLE = ["busybox-static", "bash-static", "catatonit", "nginx", "nginx-common"];
/** What packages' install scripts would have linked. */
const LINKS: Readonly<Record<string, string>> = {
  "usr/bin/nc": "nc.openbsd",
  "usr/bin/awk": "mawk",
  "usr/local/bin/iperf": "/usr/bin/iperf",
};
const UNNEEDED = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/zoneinfo"];

/** Packages of one Debian release in a folder of their own; nothing is installed on the machine. */
export class DebianPackages {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A file system of many packages, unpacked and not configured. */
  base(): string {
    const root = join(this.#folder, "base");
    if (existsSync(root)) return root;
    const made = `${root}.new`;
    rmSync(made, { recursive: true, force: true });
    mkdirSync(made, { recursive: true });
    this.#apt("install", "--yes", "--download-only", "--no-install-recommends", ...BASE);
    const archives = this.#archives();
    // It brings the links of the merged /usr, which the others unpack through.
    const first = archives.filter((path) => path.includes("/base-files_"));
    for (const path of [...first, ...archives.filter((other) => !first.includes(other))]) unpack(path, made);
    for (const [link, target] of Object.entries(LINKS)) {
      mkdirSync(dirname(join(made, link)), { recursive: true });
      rmSync(join(made, link), { force: true });
      symlinkSync(target, join(made, link));
    }
    for (const path of UNNEEDED) rmSync(join(made, path), { recursive: true, force: true });
    addUsers(made);
    renameSync(made, root);
    return root;
  }

  /** One package, unpacked alone. */
  single(name: string): string {
    const root = join(this.#folder, "single", name);
    if (existsSync(root)) return root;
    const debs = join(this.#folder, "debs");
    mkdirSync(debs, { recursive: true });
    if (!readdirSync(debs).some((file) => file.startsWith(`${name}_`))) {
      this.#update();
      execFileSync("apt-get", [...this.#options(), "download", ...SINGLE], { cwd: debs, stdio: "pipe" });
    }
    const deb = readdirSync(debs).find((file) => file.startsWith(`${name}_`));
    if (!deb) throw new Error(`Debian's package "${name}" was not downloaded`);
    mkdirSync(`${root}.new`, { recursive: true });
    unpack(join(debs, deb), `${root}.new`);
    renameSync(`${root}.new`, root);
    return root;
  }

  #apt(...argv: readonly string[]): void {
    this.#update();
    execFileSync("apt-get", [...this.#options(), ...argv], { stdio: "pipe" });
  }

  #archives(): readonly string[] {
    const folder = join(this.#folder, "apt/cache/archives");
    return readdirSync(folder)
      .filter((file) => file.endsWith(".deb"))
      .map((file) => join(folder, file));
  }

  #update(): void {
    const apt = join(this.#folder, "apt");
    if (existsSync(join(apt, "updated"))) return;
    for (const path of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(apt, path), { recursive: true });
    writeFileSync(join(apt, "status"), ""); // As if nothing were installed, so that whole closures are downloaded.
    writeFileSync(join(apt, "sources.list"), `deb [signed-by=${KEYS}] ${mirror()} ${SUITE} main\n`);
    execFileSync("apt-get", [...this.#options(), "update"], { stdio: "pipe" });
    writeFileSync(join(apt, "updated"), "");
  }

  #options(): readonly string[] {
    const apt = join(this.#folder, "apt");
    return [
      `Dir::Etc::sourcelist=${apt}/sources.list`,
      "Dir::Etc::sourceparts=/dev/null",
      "Dir::Etc::preferencesparts=/dev/null",
      `Dir::State=${apt}`,
      `Dir::State::lists=${apt}/lists`,
      `Dir::State::status=${apt}/status`,
      `Dir::Cache=${apt}/cache`,
      "APT::Sandbox::User=",
      "APT::Install-Suggests=false",
    ].flatMap((option) => ["-o", option]);
  }
}

function unpack(deb: string, root: string): void {
  execFileSync("dpkg-deb", ["--extract", deb, root], { stdio: "pipe" });
}

/** The mirror that this machine uses itself, if it is a Debian. */
function mirror(): string {
  if (process.env["DEBIAN_MIRROR"]) return process.env["DEBIAN_MIRROR"];
  const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
  const lines = execFileSync("apt-get", ["indextargets", "--format", format], { encoding: "utf8" }).split("\n");
  const found = lines
    .map((line) => line.split(" "))
    .find(([uri, , part]) => part === "main" && /debian\/?$/.test(uri!));
  return found?.[0] ?? "http://deb.debian.org/debian";
}

/** The users of Debian, and those that agnhost's image has for the tests of supplementary groups. */
function addUsers(root: string): void {
  const master = (file: string) => readFileSync(join(root, "usr/share/base-passwd", `${file}.master`), "utf8");
  writeFileSync(
    join(root, "etc/passwd"),
    `${master("passwd").replaceAll(":*:", ":x:")}user-defined-in-image:x:1000:1000::/home/u:/bin/sh\n`,
  );
  writeFileSync(
    join(root, "etc/group"),
    `${master("group").replaceAll(":*:", ":x:")}user-defined-in-image:x:1000:\ngroup-defined-in-image:x:50000:user-defined-in-image\n`,
  );
}
