import { describeError, LruMap } from "@dingi/base";
import { exactValue } from "../change.ts";
import type {
  Change,
  CommitResult,
  Entry,
  RangeOptions,
  RangeResult,
  Revision,
  Store,
  StoreEvent,
  WatchOptions,
} from "../store.ts";
import { identity, type EncryptionProvider } from "./provider.ts";

/** Of the keys below any of these prefixes: the first provider seals, all of them open. The first rule that fits a key counts. */
export interface EncryptionRule {
  readonly prefixes: readonly string[];
  readonly providers: readonly EncryptionProvider[];
}

/** Every value of Kubernetes' that is encrypted begins so, whoever has done it. */
const ENCRYPTED = Buffer.from("k8s:enc:");
/** What was just sealed is about to be told to watchers: opening it again would cost as much. */
const RECENT_VALUES = 256;
const MAX_RECENT_BYTES = 16 * 1024;
/** So many values at once are looked at for being sealed anew. */
const PAGE = 200;

/** A value that no provider can open. The message says which, and what to do. */
export class UnreadableValueError extends Error {
  override name = "UnreadableValueError";
}

/**
 * A store whose values are encrypted where it keeps them, and plain for whoever uses it.
 * Upstream: apiserver/pkg/storage/value/transformer.go#prefixTransformers
 */
export class EncryptedStore implements Store {
  readonly #store: Store;
  readonly #rules: readonly EncryptionRule[];
  readonly #recent = new LruMap<string, Uint8Array>(RECENT_VALUES);

  constructor(store: Store, rules: readonly EncryptionRule[]) {
    this.#store = store;
    this.#rules = rules;
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#opened(await this.#store.get(key));
  }

  async range(prefix: string, options?: RangeOptions): Promise<RangeResult> {
    const result = await this.#store.range(prefix, options);
    if (!this.#concerns(prefix)) return result;
    return { ...result, entries: result.entries.map((entry) => this.#opened(entry)) };
  }

  async commit(key: string, change: Change): Promise<CommitResult> {
    const providers = this.#providersOf(key);
    if (!providers) return await this.#store.commit(key, change);
    const { value } = change;
    const result = await this.#store.commit(
      key,
      value ? { ...change, value: this.#seal(key, value, providers) } : change,
    );
    if ("conflict" in result) return { conflict: this.#opened(result.conflict) };
    return { ...result, previous: this.#opened(result.previous) };
  }

  watch(options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    const batches = this.#store.watch(options);
    return { [Symbol.asyncIterator]: () => this.#openedBatches(batches[Symbol.asyncIterator]()) };
  }

  #openedBatches(batches: AsyncIterator<readonly StoreEvent[]>): AsyncIterator<readonly StoreEvent[]> {
    return {
      next: async () => {
        const { done, value } = await batches.next();
        return done ? { done, value: undefined } : { value: value.map((event) => this.#openedEvent(event)) };
      },
      return: async () => (await batches.return?.()) ?? { done: true, value: undefined },
    };
  }

  /**
   * Seals anew what another than the first provider has sealed, or nobody; returns how many values. Whoever writes to one of
   * them meanwhile does the same.
   */
  async sealAnew(signal: AbortSignal): Promise<number> {
    let count = 0;
    for (const { prefixes, providers } of this.#rules)
      for (const prefix of prefixes) count += await this.#sealAnewBelow(prefix, providers, signal);
    return count;
  }

  async #sealAnewBelow(prefix: string, providers: readonly EncryptionProvider[], signal: AbortSignal): Promise<number> {
    let count = 0;
    for (let after: string | undefined; ;) {
      const page = await this.#store.range(prefix, { signal, limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const { key, value, revision } of page.entries) {
        signal.throwIfAborted();
        if (this.#providersOf(key) !== providers || isSealedBy(providers[0] ?? identity, value)) continue;
        const result = await this.commit(key, { expected: revision, value: this.#open(key, value) });
        if (!("conflict" in result)) count++;
      }
      if (page.remaining === 0) return count;
      after = page.entries.at(-1)!.key;
    }
  }

  readRevision(): Promise<Revision> {
    return this.#store.readRevision();
  }

  compact(revision: Revision): Promise<void> {
    return this.#store.compact(revision);
  }

  expire(nowMs: number): Promise<number> {
    return this.#store.expire(nowMs);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]();
  }

  #providersOf(key: string): readonly EncryptionProvider[] | undefined {
    return this.#rules.find(({ prefixes }) => prefixes.some((prefix) => key.startsWith(prefix)))?.providers;
  }

  #concerns(range: string): boolean {
    return this.#rules.some(({ prefixes }) =>
      prefixes.some((prefix) => range.startsWith(prefix) || prefix.startsWith(range)),
    );
  }

  #seal(key: string, plain: Uint8Array, providers: readonly EncryptionProvider[]): Uint8Array {
    const sealed = (providers[0] ?? identity).seal(plain, key);
    if (sealed !== plain && plain.length <= MAX_RECENT_BYTES) this.#recent.set(nonceOf(sealed), exactValue(plain));
    return sealed;
  }

  #opened<T extends Entry | undefined>(entry: T): T;
  #opened(entry: Entry | undefined): Entry | undefined {
    if (!entry) return undefined;
    const value = this.#open(entry.key, entry.value);
    return value === entry.value ? entry : { ...entry, value };
  }

  #openedEvent(event: StoreEvent): StoreEvent {
    const { key, value, previous } = event;
    if (!this.#providersOf(key)) return event;
    return {
      ...event,
      ...(value ? { value: this.#open(key, value) } : {}),
      ...(previous ? { previous: this.#opened(previous) } : {}),
    };
  }

  #open(key: string, value: Uint8Array): Uint8Array {
    const providers = this.#providersOf(key);
    if (!providers || !isEncrypted(value)) return value;
    const recent = this.#recent.get(nonceOf(value));
    if (recent) return recent;
    const provider = providers.find((each) => each.mark !== "" && isSealedBy(each, value));
    if (!provider) throw new UnreadableValueError(unknownKey(key, value));
    try {
      return provider.open(value, key);
    } catch (cause) {
      const text = `The value of "${key}" cannot be decrypted: it was changed, or moved, or its key is another of the same name`;
      throw new UnreadableValueError(`${text} (${describeError(cause)})`, { cause });
    }
  }
}

function isEncrypted(value: Uint8Array): boolean {
  return startsWith(value, ENCRYPTED);
}

function isSealedBy({ mark }: EncryptionProvider, value: Uint8Array): boolean {
  return mark === "" ? !isEncrypted(value) : startsWith(value, Buffer.from(mark));
}

function startsWith(value: Uint8Array, head: Uint8Array): boolean {
  return value.length >= head.length && Buffer.compare(value.subarray(0, head.length), head) === 0;
}

const LONGEST_MARK = 320;

/** What no two sealed values have in common: mark and nonce. */
function nonceOf(sealed: Uint8Array): string {
  const head = Buffer.from(sealed.buffer, sealed.byteOffset, Math.min(sealed.length, LONGEST_MARK)).toString("latin1");
  const end = head.split(":", 5).join(":").length;
  return head.slice(0, end + 13);
}

function unknownKey(key: string, value: Uint8Array): string {
  const [, , kind = "", version = "", name = ""] = Buffer.from(value.subarray(0, LONGEST_MARK))
    .toString("latin1")
    .split(":");
  return `The value of "${key}" is encrypted by ${kind} ${version} with key "${name}", which the encryption configuration does not have: give it that key again`;
}
