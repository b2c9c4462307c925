import assert from "node:assert/strict";
import { test } from "node:test";
import { BIND_COMPLETED, SELECTED_NODE, type V1PersistentVolume, type V1StorageClass } from "@dingi/api";
import { planClaim, type ClaimPlan } from "./plan-claim.ts";
import { claimRef, claimWith, classWith, volumeWith, type ClaimFixture } from "./storage-fixture.ts";

interface Case {
  readonly claim?: ClaimFixture;
  readonly volumes?: readonly V1PersistentVolume[];
  readonly classes?: readonly V1StorageClass[];
  readonly defaultClass?: string;
  readonly pods?: readonly string[];
}

/** "bind pv", "wait", "tell Warning ProvisioningFailed: …", … */
function planOf({ claim, volumes = [], classes = [], defaultClass, pods = [] }: Case): string {
  const plan = planClaim(claimWith(claim), {
    candidates: volumes,
    volume: (name) => volumes.find(({ metadata }) => metadata.name === name),
    storageClass: (name) => classes.find(({ metadata }) => metadata.name === name),
    defaultClass,
    waitingPods: pods,
  });
  return textOf(plan);
}

function textOf(plan: ClaimPlan): string {
  if (plan.action === "bind") return `bind ${plan.volume.metadata.name}`;
  if ("name" in plan) return `${plan.action} ${plan.name}`;
  const { event } = plan;
  return event ? `${plan.action} ${event.type} ${event.reason}: ${event.message}` : plan.action;
}

const sized = (name: string, storage: string, more: object = {}) =>
  volumeWith(name, { spec: { capacity: { storage }, ...more } });
const BOUND = { [BIND_COMPLETED]: "yes" };
const DELAYED = classWith("fast", "WaitForFirstConsumer");

const CASES: Readonly<Record<string, readonly [Case, string]>> = {
  "the smallest volume that is large enough": [
    { volumes: [sized("large", "5Gi"), sized("small", "500Mi"), sized("fits", "2Gi")] },
    "bind fits",
  ],
  "the volume with fewer access modes, be it larger": [
    {
      volumes: [sized("open", "1Gi", { accessModes: ["ReadWriteOnce", "ReadOnlyMany"] }), sized("plain", "3Gi")],
    },
    "bind plain",
  ],
  "the volume that is kept for it, although another is smaller": [
    { volumes: [sized("small", "1Gi"), sized("kept", "3Gi", { claimRef: claimRef() })] },
    "bind kept",
  ],
  "no volume without its access modes, class, mode, selector, attributes or freedom": [
    {
      claim: { spec: { selector: { matchLabels: { a: "b" } }, storageClassName: "" } },
      volumes: [
        volumeWith("class", { metadata: { labels: { a: "b" } } }),
        sized("labels", "1Gi", { storageClassName: "" }),
        sized("modes", "1Gi", { storageClassName: "", accessModes: ["ReadOnlyMany"] }),
        sized("block", "1Gi", { storageClassName: "", volumeMode: "Block" }),
        sized("attributes", "1Gi", { storageClassName: "", volumeAttributesClassName: "gold" }),
        sized("taken", "1Gi", { storageClassName: "", claimRef: claimRef("other") }),
        volumeWith("pending", {
          metadata: { labels: { a: "b" } },
          spec: { storageClassName: "" },
          status: { phase: "Pending" },
        }),
        volumeWith("going", {
          metadata: { labels: { a: "b" }, deletionTimestamp: "2026-01-01T00:00:00Z" },
          spec: { storageClassName: "" },
        }),
      ],
    },
    "wait Normal FailedBinding: no persistent volumes available for this claim and no storage class is set",
  ],
  "no volume of another claim, were it free otherwise": [
    { classes: [classWith("fast")], volumes: [sized("taken", "1Gi", { claimRef: claimRef("other") })] },
    "ask provisioner example.org/disk",
  ],
  "a volume whose class stands in an annotation": [
    {
      volumes: [
        volumeWith("old", { metadata: { annotations: { "volume.beta.kubernetes.io/storage-class": "fast" } } }),
      ],
    },
    "bind old",
  ],
  "the default class, which came later": [
    { claim: { spec: { storageClassName: undefined } as never }, defaultClass: "standard" },
    "give class standard",
  ],
  "no class, when it wants none": [
    { claim: { spec: { storageClassName: "" } }, defaultClass: "standard" },
    "wait Normal FailedBinding: no persistent volumes available for this claim and no storage class is set",
  ],
  "its first pod": [
    { classes: [DELAYED], volumes: [volumeWith("free")] },
    "wait Normal WaitForFirstConsumer: waiting for first consumer to be created before binding",
  ],
  "what is kept for it, without a pod": [
    { classes: [DELAYED], volumes: [volumeWith("kept", { spec: { claimRef: claimRef("claim-uid") } })] },
    "bind kept",
  ],
  "a pod's node": [
    { classes: [DELAYED], pods: ["a"] },
    "wait Normal WaitForPodScheduled: waiting for pod a to be scheduled",
  ],
  "several pods' node": [
    { classes: [DELAYED], pods: ["a", "b"] },
    "wait Normal WaitForPodScheduled: waiting for pods a,b to be scheduled",
  ],
  "a provisioner, once the node is selected": [
    { classes: [DELAYED], claim: { annotations: { [SELECTED_NODE]: "n" } } },
    "ask provisioner example.org/disk",
  ],
  "a provisioner at once": [{ classes: [classWith("fast")] }, "ask provisioner example.org/disk"],
  "a class that is not there": [{}, 'tell Warning ProvisioningFailed: storageclass.storage.k8s.io "fast" not found'],
  "a class that makes none": [
    { classes: [classWith("fast", "Immediate", "kubernetes.io/no-provisioner")] },
    "tell Warning ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner",
  ],
  "the volume that it names, once that is there": [{ claim: { spec: { volumeName: "mine" } } }, "wait"],
  "the volume that it names, whatever fits better": [
    { claim: { spec: { volumeName: "mine" } }, volumes: [volumeWith("other"), sized("mine", "9Gi")] },
    "bind mine",
  ],
  "the volume that it names and that names it, whatever else it is like": [
    { claim: { spec: { volumeName: "mine" } }, volumes: [sized("mine", "1Ki", { claimRef: claimRef("claim-uid") })] },
    "bind mine",
  ],
  "another volume than one of other claims": [
    {
      claim: { spec: { volumeName: "mine" } },
      volumes: [volumeWith("mine", { spec: { claimRef: claimRef("other") } })],
    },
    'wait Warning FailedBinding: volume "mine" already bound to a different claim.',
  ],
  "a larger volume than it names": [
    { claim: { spec: { volumeName: "mine" } }, volumes: [sized("mine", "1Mi")] },
    'wait Warning VolumeMismatch: Cannot bind to requested volume "mine": requested PV is too small',
  ],
  "the volume that forgot it": [
    { claim: { annotations: BOUND, spec: { volumeName: "mine" } }, volumes: [volumeWith("mine")] },
    "bind mine",
  ],
  "nothing more, bound to nobody": [
    { claim: { annotations: BOUND } },
    "lose Warning ClaimLost: Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
  ],
  "nothing more, its volume gone": [
    { claim: { annotations: BOUND, spec: { volumeName: "mine" } } },
    "lose Warning ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!",
  ],
  "nothing more, its volume another's": [
    {
      claim: { annotations: BOUND, spec: { volumeName: "mine" } },
      volumes: [volumeWith("mine", { spec: { claimRef: claimRef("other") } })],
    },
    "lose Warning ClaimMisbound: Two claims are bound to the same volume, this one is bound incorrectly",
  ],
};
for (const [what, [given, wanted]] of Object.entries(CASES))
  test(`a claim gets ${what}`, () => assert.equal(planOf(given), wanted));

const MISMATCHES: readonly [string, object, string][] = [
  ["class", { storageClassName: "slow" }, "storageClassName does not match"],
  ["attributes", { volumeAttributesClassName: "gold" }, "volumeAttributesClassName does not match"],
  ["mode", { volumeMode: "Block" }, "incompatible volumeMode"],
  ["access", { accessModes: ["ReadOnlyMany"] }, "incompatible accessMode"],
];
for (const [what, spec, why] of MISMATCHES)
  test(`a claim does not get a volume that it names of another ${what}`, () => {
    const plan = planOf({ claim: { spec: { volumeName: "mine" } }, volumes: [volumeWith("mine", { spec })] });
    assert.equal(plan, `wait Warning VolumeMismatch: Cannot bind to requested volume "mine": ${why}`);
  });

test("a claim does not get a volume that it names and that is being deleted", () => {
  const going = volumeWith("mine", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });
  const plan = planOf({ claim: { spec: { volumeName: "mine" } }, volumes: [going] });
  assert.match(plan, /Cannot bind to requested volume "mine": the volume is marked for deletion "mine"$/);
});
