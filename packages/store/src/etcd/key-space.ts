import { invariant } from "@dingi/base";

const REGISTRY = "/registry";

/** From one key up to, and without, another; etcd's words for it. */
export interface KeyRange {
  readonly key: string;
  readonly rangeEnd: string;
}

/** Where the store's keys lie in etcd: those below `root` lie below `prefix` there, so that several clusters can share one. */
export class KeySpace {
  readonly #store: string;
  readonly #etcd: string;

  constructor(prefix: string = REGISTRY, root: string = REGISTRY) {
    this.#store = `${root}/`;
    this.#etcd = `${normalPrefix(prefix)}/`;
  }

  /** Everything that is the store's. */
  get all(): KeyRange {
    return rangeOf(this.#etcd);
  }

  toEtcd(key: string): string {
    invariant(key.startsWith(this.#store), `The store's key "${key}" does not begin with "${this.#store}"`);
    return this.#etcd + key.slice(this.#store.length);
  }

  fromEtcd(key: string): string {
    return this.#store + key.slice(this.#etcd.length);
  }

  /** The keys of a prefix, those after one of them. */
  range(prefix: string, after?: string): KeyRange {
    const whole = this.#store.startsWith(prefix) ? this.all : rangeOf(this.toEtcd(prefix));
    return after === undefined || after < prefix ? whole : { ...whole, key: `${this.toEtcd(after)}\0` };
  }
}

/** As upstream's: one slash in front, none behind. Upstream: apiserver/pkg/storage/etcd3/store.go#New */
export function normalPrefix(prefix: string): string {
  const parts = prefix.split("/").filter((part) => part !== "");
  if (parts.length === 0 || !/^[\x21-\x7e]+$/.test(prefix)) {
    throw new Error(`"${prefix}" is no prefix of etcd's keys: name a path such as "${REGISTRY}"`);
  }
  return `/${parts.join("/")}`;
}

/** Keys are ASCII, so the last character can be raised by one. */
function rangeOf(prefix: string): KeyRange {
  return { key: prefix, rangeEnd: prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1) };
}
