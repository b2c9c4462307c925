import assert from "node:assert/strict";
import { test } from "node:test";
import { staticPodOf } from "./static-pod.ts";

const TEXT = `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  containers: [{ name: main, image: nginx }]
`;
const origin = { nodeName: "node-1", seen: "2026-01-01T00:00:00Z" };
const of = (text: string, path = "/m/web.yaml", nodeName = "node-1") =>
  staticPodOf({ path, text }, { ...origin, nodeName });

test("a manifest becomes a pod of this node, with defaults and a hash for UID", () => {
  const { metadata, spec, status } = of(TEXT);
  assert.equal(metadata.name, "web-node-1");
  assert.equal(metadata.namespace, "default");
  assert.match(metadata.uid!, /^[0-9a-f]{32}$/);
  assert.deepEqual(metadata.annotations, {
    "kubernetes.io/config.hash": metadata.uid,
    "kubernetes.io/config.seen": "2026-01-01T00:00:00Z",
    "kubernetes.io/config.source": "file",
  });
  assert.equal(spec.nodeName, "node-1");
  assert.equal(spec.restartPolicy, "Always");
  assert.deepEqual(spec.tolerations, [{ operator: "Exists", effect: "NoExecute" }]);
  assert.deepEqual(status, { phase: "Pending" });
});

test("the hash tells content, file and node apart, and not the way it is written", () => {
  const uid = of(TEXT).metadata.uid;
  assert.equal(of(`# a comment\n${TEXT}`).metadata.uid, uid);
  assert.notEqual(of(TEXT.replace("nginx", "busybox")).metadata.uid, uid);
  assert.notEqual(of(TEXT, "/m/other.yaml").metadata.uid, uid);
  assert.notEqual(of(TEXT, "/m/web.yaml", "node-2").metadata.uid, uid);
  assert.equal(of(TEXT.replace("name: web,", "name: web, uid: mine,")).metadata.uid, "mine");
});

for (const [what, text, message] of [
  ["no YAML", "a: [", /./],
  ["nothing", "", /not a Pod of "v1"/],
  ["another kind", TEXT.replace("kind: Pod", "kind: Service"), /not a Pod of "v1"/],
  ["no name", TEXT.replace("name: web, ", ""), /lacks "metadata.name"/],
  ["a bad name", TEXT.replace("name: web,", "name: We_b,"), /metadata\.name: Invalid value/],
  ["an invalid spec", TEXT.replace("name: main, ", ""), /spec\.containers\[0\]\.name: Required value/],
  ["a field of the wrong type", TEXT.replace("image: nginx", "image: [nginx]"), /./],
  ["a service account", `${TEXT}  serviceAccountName: x\n`, /may not reference serviceaccounts/],
  ["a Secret for images", `${TEXT}  imagePullSecrets: [{ name: x }]\n`, /may not reference secrets/],
  [
    "a ConfigMap in the environment",
    TEXT.replace("image: nginx", "image: nginx, envFrom: [{ configMapRef: { name: x } }]"),
    /may not reference configmaps/,
  ],
  [
    "a Secret in a volume",
    `${TEXT}  volumes: [{ name: v, secret: { secretName: x } }]\n`,
    /may not reference secrets \(via secret volumes\)/,
  ],
  [
    "a projected Secret",
    `${TEXT}  volumes: [{ name: v, projected: { sources: [{ secret: { name: x } }] } }]\n`,
    /may not reference secrets \(via projected volumes\)/,
  ],
] as const)
  test(`a manifest is refused with ${what}`, () => {
    assert.throws(() => of(text), { message });
  });

test("volumes that need no API server are taken", () => {
  const volumes = "[{ name: a, emptyDir: {} }, { name: b, hostPath: { path: / } }]";
  assert.equal(of(`${TEXT}  volumes: ${volumes}\n`).spec.volumes?.length, 2);
});
