import { compareElements, type Path, type PathElement } from "./path-element.ts";

/** One step of a set's paths. */
export interface FieldNode {
  readonly element: PathElement;
  /** The path to here is in the set; otherwise only something below it is. */
  readonly isMember: boolean;
  readonly children: FieldSet;
}

/**
 * A set of paths, as a tree. Sets are never changed once they are made, so trees share what they have in common.
 * Upstream: sigs.k8s.io/structured-merge-diff/fieldpath/set.go
 */
export class FieldSet {
  readonly #nodes: ReadonlyMap<string, FieldNode>;

  private constructor(nodes: ReadonlyMap<string, FieldNode>) {
    this.#nodes = nodes;
  }

  static readonly empty = new FieldSet(new Map());

  /** Nodes without anything in them are left out. */
  static of(nodes: Iterable<FieldNode>): FieldSet {
    const map = new Map<string, FieldNode>();
    for (const node of nodes) if (node.isMember || !node.children.isEmpty) map.set(node.element.text, node);
    return map.size === 0 ? FieldSet.empty : new FieldSet(map);
  }

  static ofPaths(paths: Iterable<Path>): FieldSet {
    const builder = new FieldSetBuilder();
    for (const path of paths) builder.insert(path);
    return builder.build();
  }

  get isEmpty(): boolean {
    return this.#nodes.size === 0;
  }

  /** Whether it has more than so many elements, on all levels. */
  isLargerThan(elements: number): boolean {
    return this.#roomAfter(elements) < 0;
  }

  #roomAfter(elements: number): number {
    let room = elements - this.#nodes.size;
    if (room < 0) return room;
    for (const { children } of this.#nodes.values()) {
      if (!children.isEmpty) room = children.#roomAfter(room);
      if (room < 0) break;
    }
    return room;
  }

  has(path: Path): boolean {
    const last = path.length - 1;
    let set: FieldSet = this;
    for (let i = 0; i < last; i++) set = set.below(path[i]!);
    return last >= 0 && set.hasMember(path[last]!);
  }

  hasMember(element: PathElement): boolean {
    return this.#nodes.get(element.text)?.isMember ?? false;
  }

  /** What is in the set below an element, without that element. */
  below(element: PathElement): FieldSet {
    return this.#nodes.get(element.text)?.children ?? FieldSet.empty;
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty || this === other) return this;
    if (this.isEmpty) return other;
    const nodes = new Map(this.#nodes);
    for (const [text, theirs] of other.#nodes) {
      const ours = nodes.get(text);
      nodes.set(
        text,
        ours === undefined
          ? theirs
          : {
              element: ours.element,
              isMember: ours.isMember || theirs.isMember,
              children: ours.children.union(theirs.children),
            },
      );
    }
    return new FieldSet(nodes);
  }

  /** The union of many, each of which is gone through a few times only. */
  static unionOf(sets: readonly FieldSet[]): FieldSet {
    if (sets.length <= 1) return sets[0] ?? FieldSet.empty;
    const middle = sets.length >> 1;
    return FieldSet.unionOf(sets.slice(0, middle)).union(FieldSet.unionOf(sets.slice(middle)));
  }

  intersection(other: FieldSet): FieldSet {
    if (this === other) return this;
    return this.#combine(
      (ours, theirs) =>
        theirs && { isMember: ours.isMember && theirs.isMember, children: ours.children.intersection(theirs.children) },
      other,
    );
  }

  /** What is here and not there, path by path: a member stays though paths below it go, and the reverse. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    return this.#combine(
      (ours, theirs) =>
        theirs === undefined
          ? ours
          : { isMember: ours.isMember && !theirs.isMember, children: ours.children.difference(theirs.children) },
      other,
    );
  }

  /** As `difference`, but a path takes everything below it along. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    return this.#combine((ours, theirs) => {
      if (theirs === undefined) return ours;
      return theirs.isMember
        ? undefined
        : { isMember: ours.isMember, children: ours.children.recursiveDifference(theirs.children) };
    }, other);
  }

  #combine(
    combine: (ours: FieldNode, theirs: FieldNode | undefined) => Omit<FieldNode, "element"> | undefined,
    other: FieldSet,
  ): FieldSet {
    const nodes = new Map<string, FieldNode>();
    for (const [text, ours] of this.#nodes) {
      const kept = combine(ours, other.#nodes.get(text));
      if (kept !== undefined && (kept.isMember || !kept.children.isEmpty))
        nodes.set(
          text,
          kept === ours ? ours : { element: ours.element, isMember: kept.isMember, children: kept.children },
        );
    }
    return nodes.size === 0 ? FieldSet.empty : new FieldSet(nodes);
  }

  /** Another set of the same shape, element by element. */
  map(
    change: (node: FieldNode) => {
      isMember: boolean;
      children: FieldSet;
    },
  ): FieldSet {
    const nodes = new Map<string, FieldNode>();
    for (const [text, node] of this.#nodes) nodes.set(text, { element: node.element, ...change(node) });
    return nodes.size === 0 ? FieldSet.empty : new FieldSet(nodes);
  }

  /** In the order that FieldsV1 is written in. */
  sorted(): readonly FieldNode[] {
    return [...this.#nodes.values()].sort((a, b) => compareElements(a.element, b.element));
  }

  /** Every path in the set: those of one level first, then what is below them. */
  *paths(prefix: Path = []): Generator<Path> {
    const nodes = this.sorted();
    for (const { element, isMember } of nodes) if (isMember) yield [...prefix, element];
    for (const { element, children } of nodes) yield* children.paths([...prefix, element]);
  }
}

interface DraftNode {
  readonly element: PathElement;
  isMember: boolean;
  readonly children: Map<string, DraftNode>;
  /** Everything below, once it is known as a whole. */
  below?: FieldSet;
}

/** Collects paths for a set. */
export class FieldSetBuilder {
  readonly #root = new Map<string, DraftNode>();

  /** The path of length 0 is the whole object, which nobody owns. */
  insert(path: Path): void {
    const node = this.#nodeOf(path);
    if (node !== undefined) node.isMember = true;
  }

  /** A path together with all that is below it. */
  insertWith(path: Path, below: FieldSet): void {
    const node = this.#nodeOf(path);
    if (node === undefined) return;
    node.isMember = true;
    node.below = below;
  }

  #nodeOf(path: Path): DraftNode | undefined {
    let level = this.#root;
    let node: DraftNode | undefined;
    for (let i = 0; i < path.length; i++) {
      const element = path[i]!;
      node = level.get(element.text);
      if (node === undefined) {
        node = { element, isMember: false, children: new Map() };
        level.set(element.text, node);
      }
      level = node.children;
    }
    return node;
  }

  build(): FieldSet {
    return freeze(this.#root);
  }
}

function freeze(level: ReadonlyMap<string, DraftNode>): FieldSet {
  if (level.size === 0) return FieldSet.empty;
  const nodes: FieldNode[] = [];
  for (const { element, isMember, children, below } of level.values())
    nodes.push({ element, isMember, children: below ?? freeze(children) });
  return FieldSet.of(nodes);
}
