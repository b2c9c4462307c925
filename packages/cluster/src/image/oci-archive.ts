import { createHash } from "node:crypto";
import { tar, type TarEntry } from "./tar.ts";

export interface ImageSource {
  /** In full: "localhost/dingi/pause:1". Several names of one image are several sources. */
  readonly name: string;
  readonly layer: readonly TarEntry[];
  readonly config: {
    readonly entrypoint?: readonly string[];
    readonly cmd?: readonly string[];
    readonly env?: readonly string[];
    readonly exposedPorts?: readonly string[];
    readonly user?: string;
  };
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MEDIA = "application/vnd.oci.image";
/** As Go and OCI name it. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/**
 * An OCI image layout in a tar archive, with the list that `docker load` wants beside it. The same sources give the same
 * bytes; equal layers are stored once. Layers are not compressed: they stay on this machine.
 */
export function ociArchive(sources: readonly ImageSource[], architecture: string = process.arch): Buffer {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, data: Buffer): Descriptor => {
    const hash = createHash("sha256").update(data).digest("hex");
    blobs.set(hash, data);
    return { mediaType, digest: `sha256:${hash}`, size: data.length };
  };
  const images = sources.map((source) => ({ name: source.name, ...addImage(source, { add, architecture }) }));
  const index = {
    schemaVersion: 2,
    mediaType: `${MEDIA}.index.v1+json`,
    manifests: images.map(({ name, manifest }) => ({ ...manifest, annotations: namesOf(name) })),
  };
  const dockerList = images.map(({ name, config, layer }) => ({
    Config: blobPath(config),
    RepoTags: [name],
    Layers: [blobPath(layer)],
  }));
  return tar([
    { type: "file", path: "oci-layout", data: json({ imageLayoutVersion: "1.0.0" }) },
    { type: "file", path: "index.json", data: json(index) },
    { type: "file", path: "manifest.json", data: json(dockerList) },
    { type: "directory", path: "blobs" },
    { type: "directory", path: "blobs/sha256" },
    ...[...blobs].map(([hash, data]) => ({ type: "file", path: `blobs/sha256/${hash}`, data }) as const),
  ]);
}

interface Archive {
  readonly add: (mediaType: string, data: Buffer) => Descriptor;
  readonly architecture: string;
}

function addImage({ layer, config }: ImageSource, { add, architecture }: Archive) {
  const layerBlob = add(`${MEDIA}.layer.v1.tar`, tar(layer));
  const { entrypoint, cmd, env, exposedPorts = [], user } = config;
  const configBlob = add(
    `${MEDIA}.config.v1+json`,
    json({
      architecture: ARCHITECTURES[architecture] ?? architecture,
      os: "linux",
      config: {
        User: user,
        ExposedPorts: Object.fromEntries(exposedPorts.map((port) => [port, {}])),
        Env: ["PATH=/bin:/usr/bin:/sbin:/usr/sbin", ...(env ?? [])],
        Entrypoint: entrypoint,
        Cmd: cmd,
        WorkingDir: "/",
      },
      rootfs: { type: "layers", diff_ids: [layerBlob.digest] },
    }),
  );
  const manifest = add(
    `${MEDIA}.manifest.v1+json`,
    json({ schemaVersion: 2, mediaType: `${MEDIA}.manifest.v1+json`, config: configBlob, layers: [layerBlob] }),
  );
  return { manifest, config: configBlob, layer: layerBlob };
}

function namesOf(name: string): Readonly<Record<string, string>> {
  const tag = name.slice(name.lastIndexOf(":") + 1);
  return { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag };
}

function blobPath({ digest }: Descriptor): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
