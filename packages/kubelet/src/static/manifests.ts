import type { V1Pod } from "@dingi/api";
import { wireTime } from "@dingi/apimachinery";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Host } from "../host/host.ts";
import { staticPodOf } from "./static-pod.ts";

interface ManifestsOptions {
  readonly host: Host;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeName: string;
  /** The directory: "/etc/kubernetes/manifests". */
  readonly path: string;
}

interface Read {
  readonly text: string;
  /** Absent when the text describes none. */
  readonly pod?: V1Pod;
}

const MAX_BYTES = 10 * 1024 ** 2;

/** The directory whose files are this node's static pods. Upstream: pkg/kubelet/config/file.go */
export class Manifests {
  readonly #options: ManifestsOptions;
  #read = new Map<string, Read>();

  constructor(options: ManifestsOptions) {
    this.#options = options;
  }

  /** Calls back when something in the directory changes, which is made when there is none. */
  async watch(onChange: () => void): Promise<Disposable> {
    const { host, path } = this.#options;
    await host.makeDirectory(path, 0o755);
    return host.watchFile(`${path}/manifest`, onChange);
  }

  /**
   * All pods there are, in the order of the files' names; of two with one name the first. Unchanged files give the same
   * objects again. A file that describes no pod is told in the log once, and what it was before is ended.
   */
  async pods(): Promise<readonly V1Pod[]> {
    const { host, path } = this.#options;
    const now = new Map<string, Read>();
    for (const name of (await host.listDirectory(path)).toSorted()) {
      const file = `${path}/${name}`;
      if (name.startsWith(".") || (await host.fileType(file)) !== "file") continue;
      const text = await host.readTail(file, MAX_BYTES);
      if (text !== undefined) now.set(file, this.#parse(file, text));
    }
    this.#read = now;
    const pods = new Map<string, V1Pod>();
    for (const { pod } of now.values()) if (pod && !pods.has(fullName(pod))) pods.set(fullName(pod), pod);
    return [...pods.values()];
  }

  #parse(path: string, text: string): Read {
    const before = this.#read.get(path);
    if (before?.text === text) return before;
    const { nodeName, clock, logger } = this.#options;
    try {
      return { text, pod: staticPodOf({ path, text }, { nodeName, seen: wireTime(clock.now()) }) };
    } catch (error) {
      logger.warn("Manifest describes no static pod", { path, error: describeError(error) });
      return { text };
    }
  }
}

/** "NAMESPACE/NAME" */
export function fullName({ metadata }: V1Pod): string {
  return `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
}
