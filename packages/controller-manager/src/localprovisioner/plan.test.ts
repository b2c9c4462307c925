import assert from "node:assert/strict";
import { test } from "node:test";
import { LOCAL_PROVISIONER, SELECTED_NODE, STORAGE_PROVISIONER, type V1Node } from "@dingi/api";
import { claimWith, classWith, type ClaimFixture } from "../persistentvolume/storage-fixture.ts";
import { planProvision } from "./plan.ts";

const NODE: V1Node = { metadata: { name: "n1", labels: { "kubernetes.io/hostname": "h1" } }, spec: {}, status: {} };
const CLASS = { ...classWith("fast", "WaitForFirstConsumer", LOCAL_PROVISIONER), reclaimPolicy: "Retain" };
const ASKED = { [STORAGE_PROVISIONER]: LOCAL_PROVISIONER, [SELECTED_NODE]: "n1" };
const asked = (more: ClaimFixture = {}) => claimWith({ annotations: ASKED, ...more });

test("a volume is made for its claim alone, on the selected node alone", () => {
  const plan = planProvision(asked(), { storageClass: CLASS, node: NODE });
  assert.deepEqual(plan, {
    action: "create",
    volume: {
      metadata: {
        name: "pvc-claim-uid",
        labels: { "dingi.dev/local-volume-node": "h1" },
        annotations: { "pv.kubernetes.io/provisioned-by": "dingi.dev/local" },
        finalizers: ["dingi.dev/local-volume"],
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: "1Gi" },
        claimRef: {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          namespace: "ns",
          name: "claim",
          uid: "claim-uid",
          resourceVersion: undefined,
        },
        local: { path: "/var/lib/kubelet/local-volumes/pvc-claim-uid" },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["h1"] }] },
            ],
          },
        },
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: "fast",
        volumeMode: "Filesystem",
      },
    },
  });
});

const LEFT_ALONE: Readonly<Record<string, ReturnType<typeof asked>>> = {
  "has a volume": asked({ spec: { volumeName: "pv" } }),
  "asks somebody else": claimWith({ annotations: { ...ASKED, [STORAGE_PROVISIONER]: "example.org/disk" } }),
  "is going": { ...asked(), metadata: { ...asked().metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
};
for (const [what, claim] of Object.entries(LEFT_ALONE))
  test(`a claim that ${what} is left alone`, () =>
    assert.equal(planProvision(claim, { storageClass: CLASS, node: NODE }).action, "none"));

test("a class that came to name another provisioner makes nothing here", () => {
  assert.equal(planProvision(asked(), { storageClass: classWith("fast"), node: NODE }).action, "none");
  assert.equal(planProvision(asked(), { storageClass: undefined, node: NODE }).action, "none");
});

test("a node that is gone is given back", () => {
  assert.equal(planProvision(asked(), { storageClass: CLASS, node: undefined }).action, "reschedule");
});

const REFUSED: readonly [ClaimFixture, object, RegExp][] = [
  [
    { annotations: { [STORAGE_PROVISIONER]: LOCAL_PROVISIONER } },
    {},
    /^no node was selected: use .*WaitForFirstConsumer$/,
  ],
  [{ spec: { volumeMode: "Block" } }, {}, /^volumeMode Block is not supported/],
  [{ spec: { selector: {} } }, {}, /^a selector is not supported/],
  [{ spec: { dataSource: { kind: "PersistentVolumeClaim", name: "other" } } }, {}, /^a data source is not supported/],
  [{ spec: { accessModes: ["ReadWriteMany"] } }, {}, /^access mode ReadWriteMany is not supported/],
  [{ spec: { accessModes: ["ReadOnlyMany"] } }, {}, /^access mode ReadOnlyMany is not supported/],
  [{}, { parameters: { fast: "yes" } }, /^parameter "fast" of the StorageClass is not known$/],
  [{}, { mountOptions: ["noatime"] }, /^mount options are not supported/],
];
for (const [claim, storageClass, why] of REFUSED)
  test(`what cannot be kept is not promised: ${why.source}`, () => {
    const plan = planProvision(asked(claim), { storageClass: { ...CLASS, ...storageClass }, node: NODE });
    assert.equal(plan.action, "refuse");
    assert.match("why" in plan ? plan.why : "", why);
  });

test("a volume that only one pod may use is made", () => {
  const claim = asked({ spec: { accessModes: ["ReadWriteOncePod"] } });
  assert.equal(planProvision(claim, { storageClass: CLASS, node: NODE }).action, "create");
});
