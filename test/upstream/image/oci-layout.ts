import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";

const TAR = ["--numeric-owner", "--owner=0", "--group=0", "--sort=name", "--mtime=@0", "--one-file-system"];
const MEDIA = "application/vnd.oci.image";
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** As in an image's configuration: "Entrypoint", "Cmd", "User". */
export type ImageConfig = Readonly<Record<string, string | readonly string[]>>;

/** An OCI image layout in a folder. Layers are not compressed: they stay on this machine. */
export class OciLayout {
  readonly #folder: string;
  readonly #layers = new Map<string, Promise<Descriptor>>();
  readonly #manifests: Descriptor[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, "blobs/sha256"), { recursive: true });
  }

  /** Adds an image whose layers are folders, from the bottom up. */
  async add(name: string, roots: readonly string[], config: ImageConfig): Promise<void> {
    const layers = await Promise.all(roots.map((root) => this.#layer(root)));
    const configBlob = this.#json(`${MEDIA}.config.v1+json`, {
      created: "1970-01-01T00:00:00Z",
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      // The name makes two tags two images: removing one must not remove the other.
      config: { Env: [PATH], Labels: { "stand-in": name }, ...config },
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    });
    const mediaType = `${MEDIA}.manifest.v1+json`;
    const manifest = this.#json(mediaType, { schemaVersion: 2, mediaType, config: configBlob, layers });
    const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name };
    this.#manifests.push({ ...manifest, annotations });
  }

  /** Writes the index, after which the layout is complete. */
  finish(): void {
    writeFileSync(join(this.#folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    const index = { schemaVersion: 2, mediaType: `${MEDIA}.index.v1+json`, manifests: this.#manifests };
    writeFileSync(join(this.#folder, "index.json.new"), JSON.stringify(index));
    renameSync(join(this.#folder, "index.json.new"), join(this.#folder, "index.json"));
  }

  #json(mediaType: string, value: object): Descriptor {
    const data = Buffer.from(JSON.stringify(value));
    const hash = createHash("sha256").update(data).digest("hex");
    writeFileSync(this.#path(hash), data);
    return { mediaType, digest: `sha256:${hash}`, size: data.length };
  }

  #layer(root: string): Promise<Descriptor> {
    const known = this.#layers.get(root);
    if (known) return known;
    const made = this.#pack(root);
    this.#layers.set(root, made);
    return made;
  }

  async #pack(root: string): Promise<Descriptor> {
    const temporary = this.#path(`new-${this.#layers.size}`);
    const child = spawn("tar", ["-C", root, ...TAR, "-cf", "-", "."], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "close");
    const hash = createHash("sha256");
    const file = createWriteStream(temporary);
    let size = 0;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      if (!file.write(chunk)) await once(file, "drain");
    }
    file.end();
    await once(file, "close");
    const [code] = (await exited) as [number | null];
    if (code !== 0) throw new Error(`"${root}" could not be packed: tar ended with ${code}`);
    const digest = hash.digest("hex");
    if (!existsSync(this.#path(digest))) renameSync(temporary, this.#path(digest));
    return { mediaType: `${MEDIA}.layer.v1.tar`, digest: `sha256:${digest}`, size };
  }

  #path(hash: string): string {
    return join(this.#folder, "blobs/sha256", hash);
  }
}
