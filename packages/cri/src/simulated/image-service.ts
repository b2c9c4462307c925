import { createHash } from "node:crypto";
import type { Clock } from "@dingi/base";
import type { ImageService } from "../image-service.ts";
import type { Image, ImageFsInfo, ImageSpec } from "../image.ts";
import { RuntimeError } from "../runtime-error.ts";

const IMAGE_BYTES = 4 * 1024 * 1024;
/** Lower-case name of at most 255 characters, then a tag, a digest, or both. */
const REFERENCE =
  /^(?=[^@]{1,255}(@|$))(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;
const ID = /^sha256:[0-9a-f]{64}$/;

/**
 * Every image there could be is present. The exceptions let failures be tried: a reference that is malformed, and any of a
 * registry below ".invalid", the name that never resolves.
 */
export class SimulatedImageService implements ImageService {
  readonly #clock: Clock;
  /** What was asked for, by its name in full. */
  readonly #seen = new Map<string, Image>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The id of an image by reference or id, or undefined when absent. */
  idOf(reference: string): string | undefined {
    if (ID.test(reference)) return reference;
    return this.#find(reference)?.id;
  }

  async listImages(filter: { readonly image?: ImageSpec } = {}): Promise<Image[]> {
    const wanted = filter.image?.image;
    const images = [...this.#seen.values()];
    return wanted ? images.filter(({ id, repoTags }) => id === wanted || repoTags.includes(fullName(wanted))) : images;
  }

  async imageStatus({ image }: ImageSpec): Promise<Image | undefined> {
    if (ID.test(image)) return [...this.#seen.values()].find(({ id }) => id === image);
    return this.#find(image);
  }

  async pullImage({ image }: ImageSpec): Promise<string> {
    if (!REFERENCE.test(image)) throw new RuntimeError("InvalidArgument", `"${image}" is no image reference`);
    const found = this.#find(image);
    if (!found)
      throw new RuntimeError("Unknown", `Image "${image}" could not be pulled: its registry's name does not resolve`);
    return found.id;
  }

  async removeImage({ image }: ImageSpec): Promise<void> {
    const gone = ID.test(image) ? image : imageId(fullName(image));
    for (const [name, { id }] of this.#seen) if (id === gone) this.#seen.delete(name);
  }

  async imageFsInfo(): Promise<ImageFsInfo> {
    const usage = {
      timestampMs: this.#clock.now(),
      mountpoint: "/simulated",
      usedBytes: this.#seen.size * IMAGE_BYTES,
      inodesUsed: this.#seen.size,
    };
    return { imageFilesystems: [usage], containerFilesystems: [usage] };
  }

  #find(reference: string): Image | undefined {
    if (!REFERENCE.test(reference)) return undefined;
    const name = fullName(reference);
    if (/^[^/]*\.invalid(:\d+)?\//.test(name)) return undefined;
    const known = this.#seen.get(name);
    if (known) return known;
    const image: Image = {
      id: imageId(name),
      repoTags: name.includes("@") ? [] : [name],
      repoDigests: name.includes("@") ? [name] : [],
      size: IMAGE_BYTES,
      uid: undefined,
      username: "",
      pinned: false,
    };
    this.#seen.set(name, image);
    return image;
  }
}

/** "nginx" is "docker.io/library/nginx:latest". */
function fullName(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = hasHost ? reference : `docker.io/${rest.length > 0 ? "" : "library/"}${reference}`;
  return path.includes("@") || /:[^/]*$/.test(path) ? path : `${path}:latest`;
}

function imageId(name: string): string {
  return `sha256:${createHash("sha256").update(name).digest("hex")}`;
}
