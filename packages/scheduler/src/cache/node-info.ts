import { podRequests, type V1Node, type V1Pod } from "@dingi/api";
import { quantityMilliValue, quantityValue } from "@dingi/apimachinery";

/** Amounts by resource: cpu in thousandths, everything else in units or bytes. */
type Amounts = ReadonlyMap<string, number>;

const requests = new WeakMap<V1Pod, Amounts>();
const nonzero = new WeakMap<V1Pod, Amounts>();
const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

export function amountsOf(list: Readonly<Record<string, string>>): Map<string, number> {
  return new Map(
    Object.entries(list).map(([name, text]) => [name, name === "cpu" ? quantityMilliValue(text) : quantityValue(text)]),
  );
}

/** What a pod asks for, or still has where it asks for less; computed once for each revision of it. */
export function requestsOf(pod: V1Pod): Amounts {
  const known = requests.get(pod);
  if (known) return known;
  const made = amountsOf(podRequests(pod, { useStatus: true }));
  requests.set(pod, made);
  return made;
}

/** As `requestsOf`, but a pod that asks for no cpu or memory still counts for a little, so that such pods spread. */
export function nonzeroRequestsOf(pod: V1Pod): Amounts {
  const known = nonzero.get(pod);
  if (known) return known;
  const asked = requestsOf(pod);
  const made = new Map(asked);
  if (!asked.get("cpu")) made.set("cpu", DEFAULT_MILLI_CPU);
  if (!asked.get("memory")) made.set("memory", DEFAULT_MEMORY);
  nonzero.set(pod, made);
  return made;
}

/** Is told which pods come to nodes and go. */
export interface PodIndex {
  add(pod: V1Pod, node: NodeInfo): void;
  remove(pod: V1Pod, node: NodeInfo): void;
}

/** A node with the pods that are, or are about to be, on it. Upstream: pkg/scheduler/framework/types.go#NodeInfo */
export class NodeInfo {
  #node: V1Node;
  readonly #groups: PodIndex | undefined;
  readonly #pods = new Map<string, V1Pod>();
  readonly #requested = new Map<string, number>();
  readonly #nonzero = new Map<string, number>();
  #allocatable: Amounts;
  #images: ReadonlyMap<string, number> | undefined;

  /** `groups` is told of its pods. */
  constructor(node: V1Node, groups?: PodIndex) {
    this.#node = node;
    this.#groups = groups;
    this.#allocatable = amountsOf(node.status.allocatable ?? {});
  }

  get node(): V1Node {
    return this.#node;
  }

  get name(): string {
    return this.#node.metadata.name ?? "";
  }

  /** A copy to try things out with. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.#node);
    for (const pod of this.#pods.values()) copy.addPod(pod);
    return copy;
  }

  /** The size in bytes of each image that the node has, by name. */
  get images(): ReadonlyMap<string, number> {
    this.#images ??= new Map(
      (this.#node.status.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) =>
        names.map((name) => [name, Number(sizeBytes)] as const),
      ),
    );
    return this.#images;
  }

  get pods(): Iterable<V1Pod> {
    return this.#pods.values();
  }

  get podCount(): number {
    return this.#pods.size;
  }

  get allocatable(): Amounts {
    return this.#allocatable;
  }

  get requested(): Amounts {
    return this.#requested;
  }

  get nonzeroRequested(): Amounts {
    return this.#nonzero;
  }

  setNode(node: V1Node): void {
    this.#node = node;
    this.#images = undefined;
    this.#allocatable = amountsOf(node.status.allocatable ?? {});
  }

  addPod(pod: V1Pod): void {
    const uid = pod.metadata.uid ?? "";
    this.removePod(uid);
    this.#pods.set(uid, pod);
    this.#groups?.add(pod, this);
    add(this.#requested, requestsOf(pod), 1);
    add(this.#nonzero, nonzeroRequestsOf(pod), 1);
  }

  removePod(uid: string): void {
    const pod = this.#pods.get(uid);
    if (!pod) return;
    this.#pods.delete(uid);
    this.#groups?.remove(pod, this);
    add(this.#requested, requestsOf(pod), -1);
    add(this.#nonzero, nonzeroRequestsOf(pod), -1);
  }
}

function add(total: Map<string, number>, amounts: Amounts, sign: 1 | -1): void {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0) + sign * amount);
}
