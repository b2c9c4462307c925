import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { upstreamProgram } from "../versions.ts";
import type { DebianPackages } from "./debian.ts";
import type { ImageConfig } from "./oci-layout.ts";

/** What an image is made of: names of layers, and its configuration. */
interface StandIn {
  readonly layers: readonly LayerName[];
  readonly config: ImageConfig;
}

const AGNHOST = { Entrypoint: ["/agnhost"], Cmd: ["pause"] };
const WEB_SERVER = { Entrypoint: ["/agnhost"], Cmd: ["test-webserver"] };

/** By the last part of the image's repository. IMAGES.md tells how each differs from the original. */
export const STAND_INS: Readonly<Record<string, StandIn>> = {
  agnhost: { layers: ["base", "agnhost"], config: AGNHOST },
  busybox: { layers: ["busybox"], config: { Cmd: ["sh"] } },
  pause: { layers: ["pause"], config: { Entrypoint: ["/pause"], User: "65535:65535" } },
  nginx: { layers: ["base", "nginx"], config: { Cmd: ["nginx", "-g", "daemon off;"], StopSignal: "SIGQUIT" } },
  nonroot: { layers: ["busybox"], config: { Cmd: ["sh"], User: "1234" } },
  nonewprivs: { layers: ["busybox", "nnp"], config: { Cmd: ["nnp"] } },
  nautilus: { layers: ["base", "agnhost", "nautilus"], config: WEB_SERVER },
  kitten: { layers: ["base", "agnhost", "kitten"], config: WEB_SERVER },
  "glibc-dns-testing": { layers: ["base"], config: { Cmd: ["sleep", "infinity"] } },
  etcd: { layers: ["busybox", "etcd"], config: {} },
  "sample-apiserver": { layers: ["busybox", "sample-apiserver"], config: { Entrypoint: ["/sample-apiserver"] } },
  coredns: { layers: ["busybox", "coredns"], config: { Entrypoint: ["/coredns"] } },
};

export type LayerName = keyof typeof BUILDERS | "base";

/** Programs without which some images are left out. */
export const PROGRAMS_IN_IMAGES = ["agnhost", "etcd", "etcdctl", "sample-apiserver", "coredns"];

interface Workshop {
  readonly debian: DebianPackages;
  /** Of the layer. */
  readonly root: string;
}

const BUILDERS = { agnhost, busybox, pause, nginx, nnp, nautilus, kitten, etcd, "sample-apiserver": sample, coredns };

/** The layer's folder, or undefined when a program for it was not built. */
export function makeLayer(name: LayerName, debian: DebianPackages, folder: string): string | undefined {
  if (name === "base") return debian.base();
  const root = join(folder, name);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  return BUILDERS[name]({ debian, root }) ? root : undefined;
}

function agnhost({ root }: Workshop): boolean {
  if (!putPrograms(root, { agnhost: "agnhost" })) return false;
  linkSync(join(root, "agnhost"), join(root, "agnhost-2"));
  mkdirSync(join(root, "uploads"));
  chmodSync(join(root, "uploads"), 0o777);
  // "porter" serves TLS with them, and StatefulSet tests probe /localhost.crt.
  const argv = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=localhost"];
  const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", [...argv, ...names, "-keyout", "localhost.key", "-out", "localhost.crt"], {
    cwd: root,
    stdio: "pipe",
  });
  for (const file of ["localhost.key", "localhost.crt"]) chmodSync(join(root, file), 0o644);
  return true;
}

const DIRECTORIES = ["bin", "dev", "etc", "home", "proc", "root", "sbin", "sys", "usr/bin", "usr/sbin", "var/www"];

function busybox({ debian, root }: Workshop): boolean {
  for (const path of DIRECTORIES) mkdirSync(join(root, path), { recursive: true });
  mkdirSync(join(root, "tmp"));
  chmodSync(join(root, "tmp"), 0o1777);
  copyFileSync(join(debian.single("busybox-static"), "usr/bin/busybox"), join(root, "bin/busybox"));
  const applets = execFileSync(join(root, "bin/busybox"), ["--list"], { encoding: "utf8" }).split("\n");
  for (const applet of applets)
    if (applet !== "" && applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet));
  symlinkSync("../../bin/busybox", join(root, "usr/bin/env"));
  copyFileSync(join(debian.single("bash-static"), "usr/bin/bash-static"), join(root, "bin/bash-static"));
  rmSync(join(root, "bin/sh"));
  goProgram("shell", join(root, "bin/sh"));
  symlinkSync("../../bin/sh", join(root, "usr/bin/sh"));
  const users = ["root:x:0:0:root:/root:/bin/sh", "daemon:x:1:1:daemon:/usr/sbin:/bin/false"];
  const nobody = "nobody:x:65534:65534:nobody:/home:/bin/false";
  writeFileSync(join(root, "etc/passwd"), [...users, nobody, ""].join("\n"));
  writeFileSync(join(root, "etc/group"), "root:x:0:\ndaemon:x:1:\nmail:x:8:\nnogroup:x:65534:\n");
  return true;
}

function pause({ debian, root }: Workshop): boolean {
  copyFileSync(join(debian.single("catatonit"), "usr/bin/catatonit"), join(root, "catatonit"));
  goProgram("pause", join(root, "pause"));
  return true;
}

function nnp({ root }: Workshop): boolean {
  goProgram("nnp", join(root, "usr/local/bin/nnp"));
  chmodSync(join(root, "usr/local/bin/nnp"), 0o4755);
  return true;
}

const NGINX_CONF = `user www-data;
worker_processes 1;
error_log /dev/stderr;
pid /run/nginx.pid;
events {}
http {
  include mime.types;
  access_log /dev/stdout;
  server {
    listen 80;
    listen [::]:80;
    server_name localhost;
    location / { root /usr/share/nginx/html; index index.html; }
  }
}
`;

function nginx({ debian, root }: Workshop): boolean {
  for (const name of ["nginx", "nginx-common"]) {
    const from = debian.single(name);
    for (const path of ["usr/sbin", "usr/share/nginx", "etc/nginx"])
      if (existsSync(join(from, path))) cpSync(join(from, path), join(root, path), { recursive: true });
  }
  for (const path of ["var/log/nginx", "var/lib/nginx", "usr/share/nginx/html", "run"])
    mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, "etc/nginx/nginx.conf"), NGINX_CONF);
  writeFileSync(join(root, "usr/share/nginx/html/index.html"), "<title>Welcome to nginx!</title>\n");
  return true;
}

function nautilus(shop: Workshop): boolean {
  return picture(shop, "nautilus");
}

function kitten(shop: Workshop): boolean {
  return picture(shop, "kitten");
}

/** The update demo reads the data; the image volume test looks for the name of the original's base. */
function picture({ root }: Workshop, name: string): boolean {
  writeFileSync(join(root, "data.json"), `{\n"image": "${name}.jpg"\n}\n`);
  writeFileSync(join(root, `${name}.jpg`), `${name}\n`);
  mkdirSync(join(root, "etc"));
  writeFileSync(join(root, "etc/os-release"), 'PRETTY_NAME="a stand-in for Alpine Linux"\n');
  return true;
}

function etcd({ root }: Workshop): boolean {
  return putPrograms(root, { etcd: "usr/local/bin/etcd", etcdctl: "usr/local/bin/etcdctl" });
}

function sample({ root }: Workshop): boolean {
  return putPrograms(root, { "sample-apiserver": "sample-apiserver" });
}

function coredns({ root }: Workshop): boolean {
  return putPrograms(root, { coredns: "coredns" });
}

/** Upstream's programs at their places; false when one was not built. */
function putPrograms(root: string, places: Readonly<Record<string, string>>): boolean {
  for (const [name, place] of Object.entries(places)) {
    if (!existsSync(upstreamProgram(name))) return false;
    mkdirSync(dirname(join(root, place)), { recursive: true });
    copyFileSync(upstreamProgram(name), join(root, place));
    chmodSync(join(root, place), 0o755);
  }
  return true;
}

function goProgram(name: string, output: string): void {
  mkdirSync(dirname(output), { recursive: true });
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "" };
  const argv = ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, `./${name}`];
  execFileSync("go", argv, { cwd: new URL("go/", import.meta.url), env, stdio: "inherit" });
}

/** For telling whether images must be made again. */
export function recipeFingerprint(): string {
  const files = [
    "stand-ins.ts",
    "debian.ts",
    "oci-layout.ts",
    "go/shell/main.go",
    "go/nnp/main.go",
    "go/pause/main.go",
  ];
  return files.map((file) => readFileSync(new URL(file, import.meta.url), "utf8")).join("\n");
}
