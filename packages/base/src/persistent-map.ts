import { Inner, Leaf, settleRoot } from "./btree-node.ts";
import type { Owner, TreeNode } from "./btree-node.ts";

/** Which keys to visit, in ascending order of their UTF-16 units (for ASCII: of their bytes). */
interface KeyRange {
  /** Only keys that begin with this. */
  readonly prefix?: string;
  /** Only keys not less than this. */
  readonly from?: string;
  /** Only keys greater than this. */
  readonly after?: string;
}

/** Neighbouring values. */
interface MapRun<V> {
  readonly values: readonly V[];
  /** Whether other snapshots show the same array. */
  readonly shared: boolean;
}

export interface ReadonlyPersistentMap<V> {
  readonly size: number;
  get(key: string): V | undefined;
  has(key: string): boolean;
  /** How many keys lie in the range; logarithmic. */
  count(range: KeyRange): number;
  entries(range?: KeyRange): IterableIterator<[string, V]>;
  keys(range?: KeyRange): IterableIterator<string>;
  values(range?: KeyRange): IterableIterator<V>;
  /**
   * The values in order, in stretches of some dozen. In a snapshot a stretch that lies wholly in the range is the same
   * array as in other snapshots for as long as no entry in it changes: what is made of it can be kept under it.
   */
  runs(range?: KeyRange): IterableIterator<MapRun<V>>;
  [Symbol.iterator](): IterableIterator<[string, V]>;
  /** A map with the same content; neither sees the other's later writes. Takes constant time. */
  snapshot(): PersistentMap<V>;
}

/** Above every key that begins with the prefix: U+FFFF is no character. */
const AFTER_ALL = "\uffff";

/**
 * A sorted map whose snapshots are free: a B-tree that copies the path to what it changes,
 * once after each snapshot. A write during an iteration of the same map is not allowed; iterate over a snapshot.
 */
export class PersistentMap<V> implements ReadonlyPersistentMap<V> {
  #owner: Owner = {};
  #root: TreeNode<V> = new Leaf<V>(this.#owner, [], []);

  static from<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    const map = new PersistentMap<V>();
    for (const [key, value] of entries) map.set(key, value);
    return map;
  }

  get size(): number {
    return this.#root.size;
  }

  get(key: string): V | undefined {
    return this.#root.get(key);
  }

  has(key: string): boolean {
    return this.#root.has(key);
  }

  set(key: string, value: V): this {
    const root = this.#root.editable(this.#owner);
    root.set(key, value);
    this.#root = settleRoot(root, this.#owner);
    return this;
  }

  /** Returns whether the key existed. */
  delete(key: string): boolean {
    if (!this.#root.has(key)) return false;
    const root = this.#root.editable(this.#owner);
    root.delete(key);
    this.#root = settleRoot(root, this.#owner);
    return true;
  }

  clear(): void {
    this.#root = new Leaf<V>(this.#owner, [], []);
  }

  snapshot(): PersistentMap<V> {
    const copy = new PersistentMap<V>();
    copy.#root = this.#root;
    this.#owner = {};
    return copy;
  }

  count(range: KeyRange): number {
    const end = range.prefix === undefined ? this.size : this.#root.rank(range.prefix + AFTER_ALL);
    return Math.max(0, end - this.#root.rank(startOf(range)));
  }

  *entries(range: KeyRange = {}): IterableIterator<[string, V]> {
    for (const { leaf, start, end } of this.#spans(range)) {
      for (let i = start; i < end; i++) yield [leaf.keys[i]!, leaf.values[i]!];
    }
  }

  *keys(range: KeyRange = {}): IterableIterator<string> {
    for (const { leaf, start, end } of this.#spans(range)) {
      for (let i = start; i < end; i++) yield leaf.keys[i]!;
    }
  }

  *values(range: KeyRange = {}): IterableIterator<V> {
    for (const { leaf, start, end } of this.#spans(range)) {
      for (let i = start; i < end; i++) yield leaf.values[i]!;
    }
  }

  *runs(range: KeyRange = {}): IterableIterator<MapRun<V>> {
    for (const { leaf, start, end } of this.#spans(range)) {
      const shared = start === 0 && end === leaf.length;
      if (end > start) yield { values: shared ? leaf.values : leaf.values.slice(start, end), shared };
    }
  }

  [Symbol.iterator](): IterableIterator<[string, V]> {
    return this.entries();
  }

  *#spans(range: KeyRange): IterableIterator<Span<V>> {
    const start = startOf(range);
    const end = range.prefix === undefined ? undefined : range.prefix + AFTER_ALL;
    for (const leaf of leavesFrom(this.#root, start)) {
      const last = leaf.keys[leaf.length - 1];
      if (last === undefined) return;
      const cut = end !== undefined && last >= end ? leaf.rank(end) : leaf.length;
      yield { leaf, start: leaf.rank(start), end: cut };
      if (cut < leaf.length) return;
    }
  }
}

interface Span<V> {
  readonly leaf: Leaf<V>;
  readonly start: number;
  readonly end: number;
}

/** The lowest string that the range may hold. */
function startOf({ prefix = "", from = "", after }: KeyRange): string {
  const start = prefix > from ? prefix : from;
  if (after === undefined || after < start) return start;
  return `${after}\0`;
}

/** The leaves in order, beginning with the one that may hold `start`. */
function* leavesFrom<V>(root: TreeNode<V>, start: string): IterableIterator<Leaf<V>> {
  const path: { node: Inner<V>; index: number }[] = [];
  let node: TreeNode<V> | undefined = root;
  let seeking = true;
  while (node) {
    while (node instanceof Inner) {
      const index: number = seeking ? node.childIndex(start) : 0;
      path.push({ node, index });
      node = node.children[index]!;
    }
    yield node;
    seeking = false;
    node = nextSibling(path);
  }
}

function nextSibling<V>(path: { node: Inner<V>; index: number }[]): TreeNode<V> | undefined {
  for (let top = path.at(-1); top; top = path.at(-1)) {
    top.index++;
    if (top.index < top.node.length) return top.node.children[top.index];
    path.pop();
  }
  return undefined;
}
