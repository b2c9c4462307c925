import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@dingi/apimachinery";
import type { V1Pod } from "@dingi/api";
import type { ClusterEvent } from "../../framework/cluster-event.ts";
import type { Plugin } from "../../framework/plugin.ts";
import { FakeInformers } from "../../testing/fake-informers.ts";
import { nodeVolumeLimits } from "../nodevolumelimits/node-volume-limits.ts";
import { podWith } from "../scheduler-fixture.ts";
import { volumeZone } from "../volumezone/volume-zone.ts";
import { bindingHints } from "./hints.ts";

const { informers } = new FakeInformers();
const binding: Pick<Plugin, "name" | "hints"> = { name: "VolumeBinding", hints: bindingHints };
const [limits, zone] = [nodeVolumeLimits(informers), volumeZone(informers)];

const withClaim = podWith({ volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] });
const withCsi = podWith({ volumes: [{ name: "v", csi: { driver: "csi.example.org" } }] });
const plain = podWith({ volumes: [{ name: "v", emptyDir: {} }] });
const named = (name: string, more: object = {}, namespace = "ns") => ({ metadata: { name, namespace }, ...more });
const capacity = (more: object) => named("x", more);
const driver = (storageCapacity?: boolean) => named("csi.example.org", { spec: { storageCapacity } });
const csiNode = (count?: number) =>
  named("n", { spec: { drivers: [{ name: "d", ...(count === undefined ? {} : { allocatable: { count } }) }] } });
const volume = (labels: Record<string, string>) => ({ metadata: { name: "pv", labels } });
const ZONE = "topology.kubernetes.io/zone";
const mode = (volumeBindingMode: string) => named("x", { volumeBindingMode });

type Case = readonly [
  string,
  Pick<Plugin, "name" | "hints">,
  V1Pod,
  `${string}/${string}`,
  object | undefined,
  object | undefined,
  boolean,
];
const CASES: readonly Case[] = [
  ["its claim comes", binding, withClaim, "PersistentVolumeClaim/Add", undefined, named("c"), true],
  ["its claim changes", binding, withClaim, "PersistentVolumeClaim/Update", named("c"), named("c"), true],
  ["another claim comes", binding, withClaim, "PersistentVolumeClaim/Add", undefined, named("d"), false],
  [
    "a claim of that name comes elsewhere",
    binding,
    withClaim,
    "PersistentVolumeClaim/Add",
    undefined,
    named("c", {}, "other"),
    false,
  ],
  [
    "a class is allowed elsewhere",
    binding,
    withClaim,
    "StorageClass/Update",
    named("x", { allowedTopologies: [] }),
    named("x", { allowedTopologies: [{}] }),
    true,
  ],
  [
    "a class changes otherwise",
    binding,
    withClaim,
    "StorageClass/Update",
    named("x"),
    named("x", { parameters: {} }),
    false,
  ],
  [
    "there is more room",
    binding,
    withClaim,
    "CSIStorageCapacity/Update",
    capacity({ capacity: "1Gi" }),
    capacity({ capacity: "2Gi" }),
    true,
  ],
  [
    "there is room at all",
    binding,
    withClaim,
    "CSIStorageCapacity/Update",
    capacity({}),
    capacity({ capacity: "1Gi" }),
    true,
  ],
  [
    "there is the same room",
    binding,
    withClaim,
    "CSIStorageCapacity/Update",
    capacity({ capacity: "1Gi" }),
    capacity({ capacity: "1Gi" }),
    false,
  ],
  [
    "there is less room",
    binding,
    withClaim,
    "CSIStorageCapacity/Update",
    capacity({ capacity: "2Gi" }),
    capacity({ capacity: "1Gi" }),
    false,
  ],
  [
    "nobody tells of room any more",
    binding,
    withClaim,
    "CSIStorageCapacity/Update",
    capacity({ capacity: "2Gi" }),
    capacity({}),
    false,
  ],
  [
    "larger volumes can be had",
    binding,
    withClaim,
    "CSIStorageCapacity/Update",
    capacity({ capacity: "9Gi", maximumVolumeSize: "1Gi" }),
    capacity({ capacity: "9Gi", maximumVolumeSize: "2Gi" }),
    true,
  ],
  ["its driver does not count room any more", binding, withCsi, "CSIDriver/Update", driver(true), driver(false), true],
  ["its driver counts room still", binding, withCsi, "CSIDriver/Update", driver(true), driver(true), false],
  ["its driver never counted room", binding, withCsi, "CSIDriver/Update", driver(), driver(false), false],
  ["a driver that is not its own changes", binding, withClaim, "CSIDriver/Update", driver(true), driver(false), false],
  ["a node can have more volumes", limits, withClaim, "CSINode/Update", csiNode(1), csiNode(2), true],
  ["a node tells how many it can have", limits, withClaim, "CSINode/Update", csiNode(), csiNode(1), true],
  ["a node can have as many as before", limits, withClaim, "CSINode/Update", csiNode(2), csiNode(2), false],
  ["a node can have fewer", limits, withClaim, "CSINode/Update", csiNode(2), csiNode(1), false],
  ["a pod with a claim goes", limits, withClaim, "AssignedPod/Delete", withClaim, undefined, true],
  ["a pod without one goes", limits, withClaim, "AssignedPod/Delete", plain, undefined, false],
  ["a volume is detached", limits, withClaim, "VolumeAttachment/Delete", named("x"), undefined, true],
  [
    "a volume is detached, for who has no claim",
    limits,
    plain,
    "VolumeAttachment/Delete",
    named("x"),
    undefined,
    false,
  ],
  ["its claim comes", limits, withClaim, "PersistentVolumeClaim/Add", undefined, named("c"), true],
  ["another claim comes", limits, withClaim, "PersistentVolumeClaim/Add", undefined, named("d"), false],
  ["a class comes that waits", zone, withClaim, "StorageClass/Add", undefined, mode("WaitForFirstConsumer"), true],
  ["a class comes that does not wait", zone, withClaim, "StorageClass/Add", undefined, mode("Immediate"), false],
  ["its claim comes", zone, withClaim, "PersistentVolumeClaim/Add", undefined, named("c"), true],
  ["another claim comes", zone, withClaim, "PersistentVolumeClaim/Add", undefined, named("d"), false],
  [
    "a claim of that name comes elsewhere",
    zone,
    withClaim,
    "PersistentVolumeClaim/Add",
    undefined,
    named("c", {}, "other"),
    false,
  ],
  [
    "a volume moves",
    zone,
    withClaim,
    "PersistentVolume/Update",
    volume({ [ZONE]: "a" }),
    volume({ [ZONE]: "b" }),
    true,
  ],
  [
    "a volume gets another label",
    zone,
    withClaim,
    "PersistentVolume/Update",
    volume({ [ZONE]: "a" }),
    volume({ [ZONE]: "a", x: "y" }),
    false,
  ],
];
for (const [what, plugin, pod, about, before, after, worth] of CASES)
  test(`${plugin.name}: when ${what}, another try is ${worth ? "" : "not "}worth it`, () => {
    const [resource, action] = about.split("/") as [ClusterEvent["resource"], ClusterEvent["action"]];
    const hints = plugin.hints!.filter((one) => one.resource === resource && one.actions.includes(action));
    assert.ok(hints.length > 0);
    const event = {
      resource,
      action,
      before: before as KubeObject | undefined,
      after: after as KubeObject | undefined,
    };
    assert.equal(
      hints.some((hint) => hint.worthTrying(pod, event)),
      worth,
    );
  });
