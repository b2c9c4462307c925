/**
 * Makes stand-ins for the images of the suite, from Debian's packages and Go modules, as an OCI layout in the cache:
 * `node test/upstream/images.ts`. About a minute. Needs apt-get (any Debian or Ubuntu); openssl and Go it
 * installs as root when they are missing.
 */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePrograms } from "./build.ts";
import { ensureNeeds } from "./needs.ts";
import { DebianPackages } from "./image/debian.ts";
import { OciLayout } from "./image/oci-layout.ts";
import { makeLayer, PROGRAMS_IN_IMAGES, recipeFingerprint, STAND_INS, type LayerName } from "./image/stand-ins.ts";
import { CACHE, COREDNS, KUBERNETES, upstreamProgram } from "./versions.ts";

const FOLDER = join(CACHE, "images");
const LAYOUT = join(FOLDER, "oci");
export const COREDNS_IMAGE = `registry.k8s.io/coredns/coredns:${COREDNS}`;
/** Of the suite's images, those that no conformance test pulls. */
const NOT_NEEDED = /\/sig-storage\//;

/** The layout's folder; made again only when something in it has changed. */
export async function ensureImages(): Promise<string> {
  const stamp = join(FOLDER, "stamp");
  const print = fingerprint();
  if (existsSync(join(LAYOUT, "index.json")) && existsSync(stamp) && readFileSync(stamp, "utf8") === print)
    return LAYOUT;
  ensureNeeds(["go", "openssl"]);
  rmSync(LAYOUT, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const debian = new DebianPackages(join(FOLDER, "debian"));
  const layout = new OciLayout(LAYOUT);
  const made = new Map<LayerName, string | undefined>();
  const layerOf = (name: LayerName) => {
    if (!made.has(name)) made.set(name, makeLayer(name, debian, join(FOLDER, "layers")));
    return made.get(name);
  };
  for (const name of imageNames()) {
    const standIn = STAND_INS[name.split("/").at(-1)!.split(":")[0]!];
    if (!standIn || NOT_NEEDED.test(name)) continue;
    const layers = standIn.layers.map(layerOf);
    if (layers.every((layer) => layer !== undefined)) await layout.add(name, layers, standIn.config);
    else console.log(`Left out ${name}: a program of it is not built; see node test/upstream/build.ts --list`);
  }
  layout.finish();
  writeFileSync(stamp, print);
  return LAYOUT;
}

/** The suite's own list, and what the cluster needs besides. */
function imageNames(): readonly string[] {
  ensurePrograms(["e2e.test"]);
  const text = execFileSync(upstreamProgram("e2e.test"), ["--list-images"], { encoding: "utf8" });
  const names = text.split("\n").filter((name) => name.startsWith("registry.k8s.io/"));
  return [...new Set([...names, COREDNS_IMAGE])];
}

function fingerprint(): string {
  const programs = PROGRAMS_IN_IMAGES.map((name) => {
    const path = upstreamProgram(name);
    return existsSync(path) ? `${name} ${statSync(path).size} ${statSync(path).mtimeMs}` : name;
  });
  const text = [KUBERNETES, process.env["DEBIAN_SUITE"], recipeFingerprint(), ...programs].join("\n");
  return createHash("sha256").update(text).digest("hex");
}

if (import.meta.main) {
  const layout = await ensureImages();
  const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as {
    manifests: { annotations: Record<string, string> }[];
  };
  for (const { annotations } of manifests) console.log(annotations["org.opencontainers.image.ref.name"]);
  console.log(`They lie in ${layout}; serve them with node test/upstream/image/registry.ts ${layout} HOST PORT`);
}
