import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BIND_COMPLETED,
  SELECTED_NODE,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1StorageClass,
} from "@dingi/api";
import { nodeOf } from "../../testing/objects.ts";
import {
  BIND_CONFLICT,
  findPodVolumes,
  NO_VOLUME,
  NODE_CONFLICT,
  NOT_ENOUGH_SPACE,
  sortClaims,
} from "./pod-volumes.ts";

const NODE = { ...nodeOf({}, {}, "n1"), metadata: { name: "n1", labels: { host: "n1", zone: "a" } } };

const claim = (name: string, spec: object = {}, annotations: Record<string, string> = {}): V1PersistentVolumeClaim => ({
  metadata: { namespace: "ns", name, uid: name, annotations },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
    storageClassName: "local",
    ...spec,
  },
  status: { phase: "Pending" },
});
const bound = (name: string, volumeName: string) => claim(name, { volumeName }, { [BIND_COMPLETED]: "yes" });
const asking = (name: string, storage: string) => claim(name, { resources: { requests: { storage } } });
const onHost = (host: string) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "host", operator: "In", values: [host] }] }] },
});
const volume = (name: string, host: string, storage = "1Gi"): V1PersistentVolume => ({
  metadata: { name },
  spec: {
    accessModes: ["ReadWriteOnce"],
    capacity: { storage },
    storageClassName: "local",
    nodeAffinity: onHost(host),
  },
  status: { phase: "Available" },
});
const LOCAL: V1StorageClass = {
  metadata: { name: "local" },
  provisioner: "example.org/disk",
  volumeBindingMode: "WaitForFirstConsumer",
};

interface World {
  readonly volumes?: readonly V1PersistentVolume[];
  readonly storageClass?: V1StorageClass;
  readonly capacity?: boolean;
}

/** "a=pv b=new", or the reasons. */
function found(claims: readonly V1PersistentVolumeClaim[], world: World = {}): string {
  const { volumes = [], storageClass = LOCAL, capacity = true } = world;
  const classOf = (name: string) => (name === "local" ? storageClass : undefined);
  const result = findPodVolumes(sortClaims(claims, classOf), NODE, {
    volume: (name) => volumes.find(({ metadata }) => metadata.name === name),
    candidates: () => volumes,
    storageClass: classOf,
    hasCapacity: () => capacity,
  });
  if ("reasons" in result) return result.reasons.join(", ");
  const made = result.provisions.map(({ metadata }) => `${metadata.name}=new`);
  return [...result.bindings.map((one) => `${one.claim.metadata.name}=${one.volume.metadata.name}`), ...made].join(" ");
}

const CASES: Readonly<Record<string, readonly [readonly V1PersistentVolumeClaim[], World, string]>> = {
  "a bound claim that can be reached": [[bound("a", "pv")], { volumes: [volume("pv", "n1")] }, ""],
  "a bound claim of another node": [[bound("a", "pv")], { volumes: [volume("pv", "n2")] }, NODE_CONFLICT],
  "a bound claim without a volume": [[bound("a", "pv")], {}, NO_VOLUME],
  "a free volume of this node": [[claim("a")], { volumes: [volume("there", "n2"), volume("here", "n1")] }, "a=here"],
  "a volume to be made where none is free": [[claim("a")], { volumes: [volume("there", "n2")] }, "a=new"],
  "two claims and the volumes that suit them": [
    [asking("large", "5Gi"), asking("small", "1Gi")],
    { volumes: [volume("v5", "n1", "5Gi"), volume("v6", "n1", "6Gi")] },
    "small=v5 large=v6",
  ],
  "a volume that only one of two can have": [[claim("a"), claim("b")], { volumes: [volume("pv", "n1")] }, "a=pv b=new"],
  "a claim for which this node was selected": [[claim("a", {}, { [SELECTED_NODE]: "n1" })], {}, "a=new"],
  "a claim for which another node was selected": [[claim("a", {}, { [SELECTED_NODE]: "n2" })], {}, BIND_CONFLICT],
  "no class that makes volumes": [
    [claim("a")],
    { storageClass: { ...LOCAL, provisioner: "kubernetes.io/no-provisioner" } },
    BIND_CONFLICT,
  ],
  "a class for other zones": [
    [claim("a")],
    { storageClass: { ...LOCAL, allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: ["b"] }] }] } },
    BIND_CONFLICT,
  ],
  "a class for this zone": [
    [claim("a")],
    {
      storageClass: { ...LOCAL, allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: ["a", "b"] }] }] },
    },
    "a=new",
  ],
  "a driver without room": [[claim("a")], { capacity: false }, NOT_ENOUGH_SPACE],
  "several reasons": [
    [bound("a", "gone"), claim("b", {}, { [SELECTED_NODE]: "n2" })],
    {},
    `${BIND_CONFLICT}, ${NO_VOLUME}`,
  ],
};
for (const [what, [claims, world, wanted]] of Object.entries(CASES))
  test(`a node and ${what}`, () => assert.equal(found(claims, world), wanted));

test("claims are bound, to be bound with the pod, or to be bound before it", () => {
  const all = [
    bound("bound", "pv"),
    claim("delayed"),
    claim("named", { volumeName: "pv" }),
    claim("other", { storageClassName: "now" }),
  ];
  const sorted = sortClaims(all, (name) => (name === "local" ? LOCAL : undefined));
  const names = (claims: readonly V1PersistentVolumeClaim[]) => claims.map(({ metadata }) => metadata.name);
  assert.deepEqual(
    [names(sorted.bound), names(sorted.delayed), names(sorted.immediate)],
    [["bound"], ["delayed"], ["named", "other"]],
  );
});
