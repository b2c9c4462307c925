/** More than this many entries split a node; fewer than MIN join it with a neighbour. */
const MAX = 48;
const MIN = 16;

/** Whoever edits: a node may be changed in place only by the map whose token it carries. */
export type Owner = object;
export type TreeNode<V> = Leaf<V> | Inner<V>;

/** The first index whose key is not less than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Leaf<V> {
  readonly owner: Owner;
  readonly keys: string[];
  readonly values: V[];

  constructor(owner: Owner, keys: string[], values: V[]) {
    this.owner = owner;
    this.keys = keys;
    this.values = values;
  }

  get length(): number {
    return this.keys.length;
  }

  get size(): number {
    return this.keys.length;
  }

  editable(owner: Owner): Leaf<V> {
    return this.owner === owner ? this : new Leaf(owner, this.keys.slice(), this.values.slice());
  }

  get(key: string): V | undefined {
    const index = lowerBound(this.keys, key);
    return this.keys[index] === key ? this.values[index] : undefined;
  }

  has(key: string): boolean {
    return this.keys[lowerBound(this.keys, key)] === key;
  }

  /** How many keys are less than `key`. */
  rank(key: string): number {
    return lowerBound(this.keys, key);
  }

  /** Returns whether the key is new. */
  set(key: string, value: V): boolean {
    const index = lowerBound(this.keys, key);
    if (this.keys[index] === key) {
      this.values[index] = value;
      return false;
    }
    this.keys.splice(index, 0, key);
    this.values.splice(index, 0, value);
    return true;
  }

  /** The key is known to be here. */
  delete(key: string): void {
    const index = lowerBound(this.keys, key);
    this.keys.splice(index, 1);
    this.values.splice(index, 1);
  }

  /** Moves everything from `at` on to a new right neighbour. */
  split(at: number = this.splitPoint()): Leaf<V> {
    return new Leaf(this.owner, this.keys.splice(at), this.values.splice(at));
  }

  splitPoint(): number {
    return this.keys.length >>> 1;
  }

  append(right: Leaf<V>): void {
    this.keys.push(...right.keys);
    this.values.push(...right.values);
  }
}

export class Inner<V> {
  readonly owner: Owner;
  /** `keys[i]` is above every key of child `i - 1` and not above any of child `i`; `keys[0]` is never compared. */
  readonly keys: string[];
  readonly children: TreeNode<V>[];
  /** Entries in all leaves below. */
  size: number;

  constructor(owner: Owner, keys: string[], children: TreeNode<V>[], size: number) {
    this.owner = owner;
    this.keys = keys;
    this.children = children;
    this.size = size;
  }

  get length(): number {
    return this.children.length;
  }

  editable(owner: Owner): Inner<V> {
    return this.owner === owner ? this : new Inner(owner, this.keys.slice(), this.children.slice(), this.size);
  }

  /** The only child that may hold `key`. */
  childIndex(key: string): number {
    let low = 1;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle]! <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  get(key: string): V | undefined {
    return this.children[this.childIndex(key)]!.get(key);
  }

  has(key: string): boolean {
    return this.children[this.childIndex(key)]!.has(key);
  }

  rank(key: string): number {
    const index = this.childIndex(key);
    let before = 0;
    for (let i = 0; i < index; i++) before += this.children[i]!.size;
    return before + this.children[index]!.rank(key);
  }

  set(key: string, value: V): boolean {
    const index = this.childIndex(key);
    const child = this.#edit(index);
    const added = child.set(key, value);
    if (!added) return false;
    this.size++;
    if (child.length > MAX) this.#splitChild(index, child.splitPoint());
    return true;
  }

  delete(key: string): void {
    const index = this.childIndex(key);
    const child = this.#edit(index);
    child.delete(key);
    this.size--;
    if (child.length < MIN) this.#join(index === 0 ? 0 : index - 1);
  }

  split(at: number = this.splitPoint()): Inner<V> {
    const right = new Inner(this.owner, this.keys.splice(at), this.children.splice(at), 0);
    for (const child of right.children) right.size += child.size;
    this.size -= right.size;
    return right;
  }

  splitPoint(): number {
    return this.children.length >>> 1;
  }

  append(right: Inner<V>, separator: string): void {
    const seam = this.keys.length;
    this.keys.push(...right.keys);
    this.keys[seam] = separator;
    this.children.push(...right.children);
    this.size += right.size;
  }

  #edit(index: number): TreeNode<V> {
    const child = this.children[index]!.editable(this.owner);
    this.children[index] = child;
    return child;
  }

  #splitChild(index: number, at: number): void {
    const right = this.children[index]!.split(at);
    this.keys.splice(index + 1, 0, right.keys[0]!);
    this.children.splice(index + 1, 0, right);
  }

  /** Joins the children at `index` and `index + 1`, and halves the result again where it is too long. */
  #join(index: number): void {
    const right = this.children[index + 1];
    if (!right) return;
    const left = this.#edit(index);
    if (left instanceof Leaf) left.append(right as Leaf<V>);
    else left.append(right as Inner<V>, this.keys[index + 1]!);
    this.children.splice(index + 1, 1);
    this.keys.splice(index + 1, 1);
    if (left.length > MAX) this.#splitChild(index, left.splitPoint());
  }
}

/** The root after a write below it: one level more when it is too long, one less when it has a single child. */
export function settleRoot<V>(root: TreeNode<V>, owner: Owner): TreeNode<V> {
  if (root.length > MAX) {
    const right = root.split();
    return new Inner(owner, ["", right.keys[0]!], [root, right], root.size + right.size);
  }
  return root instanceof Inner && root.length === 1 ? root.children[0]! : root;
}
