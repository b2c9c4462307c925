import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Container, V1Node, V1Pod } from "@dingi/api";
import { NO_FEATURES } from "../runtime/runtime-features.ts";
import { refuseAppArmor, refuseDemands, refusePlace } from "./node-fitness.ts";

const podOf = (spec: Partial<V1Pod["spec"]>, labels: Record<string, string> = {}): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", uid: "u", labels },
  spec: { containers: [{ name: "main" }], ...spec },
  status: {},
});

const sysctl = (name: string, more: Partial<V1Pod["spec"]> = {}) =>
  podOf({ securityContext: { sysctls: [{ name, value: "1" }] }, ...more });

test("a pod for another operating system is refused", () => {
  assert.equal(refuseDemands(podOf({}), NO_FEATURES), undefined);
  assert.equal(
    refuseDemands(podOf({ os: { name: "linux" } }, { "kubernetes.io/os": "linux" }), NO_FEATURES),
    undefined,
  );
  assert.equal(refuseDemands(podOf({ os: { name: "windows" } }), NO_FEATURES)?.reason, "PodOSNotSupported");
  const labelled = podOf({}, { "kubernetes.io/os": "windows" });
  assert.equal(refuseDemands(labelled, NO_FEATURES)?.reason, "PodOSSelectorNodeLabelDoesNotMatch");
});

test("sysctls that reach beyond the pod are refused", () => {
  assert.equal(refuseDemands(sysctl("kernel.shm_rmid_forced"), NO_FEATURES), undefined);
  assert.equal(refuseDemands(sysctl("net/ipv4/tcp_syncookies"), NO_FEATURES), undefined);
  const refused = {
    'forbidden sysctl: "kernel.msgmax" not allowlisted': sysctl("kernel.msgmax"),
    'forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host IPC enabled': sysctl("kernel.shm_rmid_forced", {
      hostIPC: true,
    }),
    'forbidden sysctl: "net.ipv4.tcp_rmem" not allowed with host Net enabled': sysctl("net.ipv4.tcp_rmem", {
      hostNetwork: true,
    }),
    'forbidden sysctl: "constructor" not allowlisted': sysctl("constructor"),
  };
  for (const [message, pod] of Object.entries(refused))
    assert.deepEqual(refuseDemands(pod, NO_FEATURES), { reason: "SysctlForbidden", message });
});

test("a policy for groups that the runtime does not know is refused", () => {
  const pod = podOf({ securityContext: { supplementalGroupsPolicy: "Strict" } });
  assert.deepEqual(refuseDemands(pod, NO_FEATURES), {
    reason: "SupplementalGroupsPolicyNotSupported",
    message: "SupplementalGroupsPolicy=Strict is not supported in this node",
  });
  assert.equal(refuseDemands(pod, { ...NO_FEATURES, supplementalGroupsPolicy: true }), undefined);
  assert.equal(
    refuseDemands(podOf({ securityContext: { supplementalGroupsPolicy: "Merge" } }), NO_FEATURES),
    undefined,
  );
});

test("a profile that nothing enforces is refused, wherever it stands", () => {
  const profile = { appArmorProfile: { type: "RuntimeDefault" } };
  const own = podOf({ initContainers: [{ name: "first", securityContext: profile } as V1Container] });
  for (const pod of [podOf({ securityContext: profile }), own]) {
    assert.deepEqual(refuseAppArmor(pod, NO_FEATURES), {
      reason: "AppArmor",
      message: "Cannot enforce AppArmor: AppArmor is not enabled on the host",
    });
    assert.equal(refuseAppArmor(pod, { ...NO_FEATURES, appArmor: true }), undefined);
  }
  const unconfined = podOf({ securityContext: { appArmorProfile: { type: "Unconfined" } } });
  assert.equal(refuseAppArmor(unconfined, NO_FEATURES), undefined);
});

test("a pod that was bound past the scheduler has to want this node", () => {
  const node = {
    metadata: { name: "n", labels: { zone: "a" } },
    spec: { taints: [{ key: "gone", effect: "NoExecute" }] },
  } as unknown as V1Node;
  const tolerations = [{ operator: "Exists" }];
  assert.equal(refusePlace(podOf({ nodeSelector: { zone: "a" }, tolerations }), node), undefined);
  assert.deepEqual(refusePlace(podOf({ nodeSelector: { zone: "b" }, tolerations }), node), {
    reason: "NodeAffinity",
    message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
  });
  assert.equal(refusePlace(podOf({}), node)?.reason, "TaintToleration");
  const statics = podOf({});
  const annotations = { "kubernetes.io/config.source": "file" };
  assert.equal(refusePlace({ ...statics, metadata: { ...statics.metadata, annotations } }, node), undefined);
});
