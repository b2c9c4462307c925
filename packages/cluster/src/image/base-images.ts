import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { run } from "../machine/command.ts";
import { type ImageSource, ociArchive } from "./oci-archive.ts";
import type { TarEntry } from "./tar.ts";

const PAUSE_IMAGE = "localhost/dingi/pause:1";
export const EXAMPLE_IMAGE = "localhost/dingi/example:1";
/** The same but for its version, for a rolling update to go to. */
const EXAMPLE_IMAGE_2 = "localhost/dingi/example:2";
export const BASE_IMAGES: readonly string[] = [PAUSE_IMAGE, EXAMPLE_IMAGE, EXAMPLE_IMAGE_2];

/** Raise when the archive changes although the programs in it do not. */
const FORMAT = 1;

interface BaseImagePrograms {
  /** Static binaries. */
  readonly catatonit: string;
  readonly busybox: string;
}

/**
 * The images that a cluster needs before it can reach any registry, as one archive at `path`. Made again only when the
 * programs in it have changed.
 */
export async function ensureBaseImages(
  path: string,
  programs: BaseImagePrograms,
  signal?: AbortSignal,
): Promise<string> {
  const sourcePath = `${path}.source`;
  const source = await fingerprint(programs);
  if ((await readFile(sourcePath, "utf8").catch(() => "")) === source && (await exists(path))) return path;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, await baseImageArchive(programs, signal));
  await rename(`${path}.new`, path);
  await writeFile(sourcePath, source);
  return path;
}

async function baseImageArchive(programs: BaseImagePrograms, signal?: AbortSignal): Promise<Buffer> {
  const [catatonit, busybox, applets, serve, index] = await Promise.all([
    readFile(programs.catatonit),
    readFile(programs.busybox),
    run([programs.busybox, "--list"], { signal }),
    readFile(new URL("serve.sh", import.meta.url)),
    readFile(new URL("index.cgi", import.meta.url)),
  ]);
  const layer = exampleLayer({ busybox, applets: applets.split("\n"), serve, index });
  return ociArchive([
    pauseImage(catatonit),
    exampleImage(EXAMPLE_IMAGE, "1", layer),
    exampleImage(EXAMPLE_IMAGE_2, "2", layer),
  ]);
}

function pauseImage(catatonit: Buffer): ImageSource {
  return {
    name: PAUSE_IMAGE,
    layer: [{ type: "file", path: "catatonit", data: catatonit, mode: 0o755 }],
    config: { entrypoint: ["/catatonit", "-P"], user: "65535:65535" },
  };
}

function exampleImage(name: string, version: string, layer: readonly TarEntry[]): ImageSource {
  return { name, layer, config: { cmd: ["serve"], env: [`VERSION=${version}`], exposedPorts: ["8080/tcp"] } };
}

interface ExampleFiles {
  readonly busybox: Buffer;
  readonly applets: readonly string[];
  readonly serve: Buffer;
  readonly index: Buffer;
}

function exampleLayer({ busybox, applets, serve, index }: ExampleFiles): readonly TarEntry[] {
  const directories = ["bin", "dev", "etc", "proc", "root", "sys", "var", "www", "www/cgi-bin"];
  const links = applets.filter((applet) => applet !== "" && applet !== "busybox");
  return [
    ...directories.map((path) => ({ type: "directory", path }) as const),
    { type: "directory", path: "tmp", mode: 0o1777 },
    { type: "file", path: "bin/busybox", data: busybox, mode: 0o755 },
    ...links.map((applet) => ({ type: "symlink", path: `bin/${applet}`, target: "busybox" }) as const),
    { type: "file", path: "bin/serve", data: serve, mode: 0o755 },
    {
      type: "file",
      path: "etc/passwd",
      data: Buffer.from("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
    },
    { type: "file", path: "etc/group", data: Buffer.from("root:x:0:\nnogroup:x:65534:\n") },
    { type: "file", path: "www/healthz", data: Buffer.from("ok\n") },
    { type: "file", path: "www/cgi-bin/index.cgi", data: index, mode: 0o755 },
  ];
}

async function fingerprint(programs: BaseImagePrograms): Promise<string> {
  const scripts = ["serve.sh", "index.cgi"].map((name) => readFile(new URL(name, import.meta.url)));
  const hash = createHash("sha256").update(`${FORMAT}\n`);
  for (const script of await Promise.all(scripts)) hash.update(script);
  for (const path of [programs.catatonit, programs.busybox]) {
    const { size, mtimeMs } = await stat(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
