import { PersistentVolumeClaim, type V1PersistentVolumeClaim, type V1Pod, type V1Volume } from "@dingi/api";
import type { Informers } from "@dingi/client";
import { SKIP, SUCCESS, unresolvable, unschedulable, type Plugin } from "../../framework/plugin.ts";
import { usesClaim } from "../volumebinding/hints.ts";
import { disksConflict, isExclusiveDisk } from "./disks.ts";

const NAME = "VolumeRestrictions";
const IN_USE =
  "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";

/** The claims that no other pod may use, and how often others do. */
class ExclusiveClaims {
  readonly #names: ReadonlySet<string>;
  readonly #namespace: string | undefined;
  uses: number;

  constructor(names: ReadonlySet<string>, namespace: string | undefined, uses: number) {
    this.#names = names;
    this.#namespace = namespace;
    this.uses = uses;
  }

  clone(): ExclusiveClaims {
    return new ExclusiveClaims(this.#names, this.#namespace, this.uses);
  }

  adjust(other: V1Pod, delta: 1 | -1): void {
    if (other.metadata.namespace !== this.#namespace) return;
    for (const name of claimNames(other)) if (this.#names.has(name)) this.uses += delta;
  }
}

/** Claims of volumes that are not made for the pod. */
const claimNames = ({ spec }: V1Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

const disksOf = ({ spec }: V1Pod): V1Volume[] => (spec.volumes ?? []).filter(isExclusiveDisk);

/** No two pods with a claim or a disk that only one may use. Upstream: pkg/scheduler/framework/plugins/volumerestrictions */
export function volumeRestrictions(informers: Informers): Plugin {
  const claims = informers.of(PersistentVolumeClaim);
  return {
    name: NAME,
    preFilter(state, pod) {
      const { namespace = "" } = pod.metadata;
      const exclusive = new Set<string>();
      for (const name of claimNames(pod)) {
        const claim = claims.get({ namespace, name });
        if (!claim) return unresolvable(`persistentvolumeclaim ${JSON.stringify(name)} not found`);
        if (claim.spec.accessModes?.includes("ReadWriteOncePod")) exclusive.add(name);
      }
      const inUse = [...exclusive].filter((name) => state.snapshot.groups.claims.has(`${namespace}/${name}`));
      if (disksOf(pod).length === 0 && inUse.length === 0) return SKIP;
      state.write(NAME, new ExclusiveClaims(exclusive, pod.metadata.namespace, inUse.length));
      return SUCCESS;
    },
    adjust: (state, _pod, { other, delta }) => state.read<ExclusiveClaims>(NAME)?.adjust(other, delta),
    filter(state, pod, node) {
      const disks = disksOf(pod);
      if (disks.length > 0 && [...node.pods].some((other) => disksConflict(disks, disksOf(other))))
        return unschedulable("node(s) had no available disk");
      return (state.read<ExclusiveClaims>(NAME)?.uses ?? 0) > 0 ? unschedulable(IN_USE) : SUCCESS;
    },
    hints: [
      { resource: "Node", actions: ["Add"], worthTrying: () => true },
      {
        resource: "AssignedPod",
        actions: ["Delete"],
        worthTrying: (pod, { before }) => frees(before as V1Pod, pod),
      },
      {
        resource: "PersistentVolumeClaim",
        actions: ["Add"],
        worthTrying: (pod, { after }) => usesClaim(pod, after as V1PersistentVolumeClaim),
      },
    ],
  };
}

function frees(gone: V1Pod, pod: V1Pod): boolean {
  if (gone.metadata.namespace !== pod.metadata.namespace) return false;
  const wanted = new Set(claimNames(pod));
  return disksConflict(disksOf(pod), disksOf(gone)) || claimNames(gone).some((name) => wanted.has(name));
}
