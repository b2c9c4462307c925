import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import type { Discovery, Informer, Informers, RestMapper } from "@dingi/client";
import type { AnyKindDefinition } from "./define-controller.ts";

interface ServedInformersOptions {
  readonly discovery: Discovery;
  readonly informers: Informers;
  /** Kinds of which somebody has whole copies: those are shared. */
  readonly whole: ReadonlySet<AnyKindDefinition>;
}

interface Opened {
  readonly informer: Informer<KubeObject>;
  users: number;
}

/** The informers of kinds that come and go, of metadata where nobody needs more; each runs while somebody uses it. */
export class ServedInformers {
  readonly #options: ServedInformersOptions;
  readonly #opened = new Map<AnyKindDefinition, Opened>();

  constructor(options: ServedInformersOptions) {
    this.#options = options;
  }

  get mapper(): RestMapper {
    return this.#options.discovery.current;
  }

  async after(seen: RestMapper, signal: AbortSignal): Promise<RestMapper> {
    return await this.#options.discovery.after(seen, signal);
  }

  /** Undefined: nobody has opened it. */
  get(kind: AnyKindDefinition): Informer<KubeObject> | undefined {
    return this.#opened.get(kind)?.informer;
  }

  /** To be closed once for each time that it was opened. */
  open(kind: KindDefinition): Informer<KubeObject> {
    let opened = this.#opened.get(kind);
    if (!opened) {
      const { informers, whole } = this.#options;
      const informer = informers.of(kind, whole.has(kind) ? {} : { metadataOnly: true });
      this.#opened.set(kind, (opened = { informer, users: 0 }));
      informers.start();
    }
    opened.users++;
    return opened.informer;
  }

  close(kind: KindDefinition): void {
    const opened = this.#opened.get(kind);
    if (!opened || --opened.users > 0) return;
    this.#opened.delete(kind);
    const { informers, whole } = this.#options;
    if (!whole.has(kind)) informers.stop(opened.informer);
  }
}
