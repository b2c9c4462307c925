import assert from "node:assert/strict";
import { test } from "node:test";
import { MIRROR_ANNOTATION, Pod, type V1Pod } from "@dingi/api";
import type { CacheEvent } from "../../cacher/cache-event.ts";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import type { AuthorizationAttributes } from "../authorizer.ts";
import { NODE_RULES } from "../../bootstrap/bootstrap.ts";
import { NodeAuthorizer } from "./node-authorizer.ts";

type Change = Pick<CacheEvent, "current" | "previous">;

function podOn(nodeName: string | undefined, name: string, more: object = {}, annotations = {}): V1Pod {
  const container = {
    name: "c",
    image: "i",
    envFrom: [{ secretRef: { name: `${name}-from` } }, { configMapRef: { name: `${name}-map-from` } }],
    env: [{ name: "K", valueFrom: { secretKeyRef: { name: `${name}-env`, key: "k" } } }],
  };
  const volumes = [
    { name: "s", secret: { secretName: `${name}-volume` } },
    { name: "m", configMap: { name: `${name}-map` } },
    { name: "p", projected: { sources: [{ secret: { name: `${name}-projected` } }] } },
    { name: "c", persistentVolumeClaim: { claimName: `${name}-claim` } },
    { name: "e", ephemeral: {} },
    { name: "d", csi: { driver: "d", nodePublishSecretRef: { name: `${name}-csi` } } },
    { name: "i", iscsi: { secretRef: { name: `${name}-iscsi` } } },
    { name: "a", azureFile: { secretName: `${name}-azure` } },
  ];
  return {
    metadata: { namespace: "ns", name, annotations },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      serviceAccountName: `${name}-account`,
      imagePullSecrets: [{ name: `${name}-pull` }],
      containers: [container],
      resourceClaims: [
        { name: "own", resourceClaimName: `${name}-rc` },
        { name: "made", resourceClaimTemplateName: "t" },
      ],
      volumes,
      ...more,
    },
    status: { resourceClaimStatuses: [{ name: "made", resourceClaimName: `${name}-made` }] },
  } as unknown as V1Pod;
}

function authorizerOf(...pods: readonly V1Pod[]) {
  let tell: (change: Change) => void = () => {};
  const cache = {
    snapshot: () => new Map(pods.map((object, i) => [i, { object }])),
    onEvent: (listener: typeof tell) => (tell = listener),
  };
  const volumes: Record<string, object> = {
    "pv-mine": { claimRef: { namespace: "ns", name: "mine-claim" } },
    "pv-theirs": { claimRef: { namespace: "ns", name: "theirs-claim" } },
    "pv-free": {},
  };
  const aboutNodes: Record<string, object> = {
    "of-n1": { nodeName: "n1" },
    "of-n2": { nodeName: "n2" },
    "ns/of-n1": { nodeName: "n1" },
    "ns/of-n2": { nodeName: "n2" },
    "of-all": {},
  };
  const get = (name: string) => {
    const spec = volumes[name] ?? aboutNodes[name];
    return spec && { object: { spec } };
  };
  const volumeCache = { get };
  const authorizer = new NodeAuthorizer(
    { cache: (kind: unknown) => (kind === Pod ? cache : volumeCache) } as unknown as StoreFeed,
    NODE_RULES,
  );
  const change = (current: V1Pod | undefined, previous: V1Pod | undefined) =>
    tell({ current: current && { object: current }, previous: previous && { object: previous } } as Change);
  return { authorizer, change };
}

/** "get ns secrets/name", with a field selector behind a question mark. */
function attributesOf(text: string, name = "system:node:n1", groups = ["system:nodes"]): AuthorizationAttributes {
  const [what = "", fieldSelector] = text.split("?");
  const [verb = "", namespace = "", path = ""] = what.split(" ");
  const [qualified = "", object = "", subresource = ""] = path.split("/");
  const [resource = "", ...group] = qualified.split(".");
  return {
    user: { name, groups },
    verb,
    isResource: true,
    path: "",
    group: group.join("."),
    version: "v1",
    resource,
    subresource,
    namespace: namespace === "-" ? "" : namespace,
    name: object,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

const { authorizer } = authorizerOf(
  podOn("n1", "mine"),
  podOn("n2", "theirs"),
  podOn(undefined, "unbound"),
  podOn("n1", "mirror", {}, { [MIRROR_ANNOTATION]: "x" }),
);

const allows = (text: string, ...who: [string?, string[]?]) =>
  (authorizer.authorize(attributesOf(text, ...who)) as { decision: string }).decision === "allow";

const SECRETS = ["from", "env", "volume", "projected", "pull", "csi", "iscsi", "azure"];
const ALLOWED = [
  ...SECRETS.flatMap((name) => ["get", "list", "watch"].map((verb) => `${verb} ns secrets/mine-${name}`)),
  ...["map-from", "map"].map((name) => `get ns configmaps/mine-${name}`),
  "get ns persistentvolumeclaims/mine-claim",
  "get ns persistentvolumeclaims/mine-e",
  "get - persistentvolumes/pv-mine",
  "update ns persistentvolumeclaims/mine-claim/status",
  "patch ns persistentvolumeclaims/mine-claim/status",
  "get ns resourceclaims.resource.k8s.io/mine-rc",
  "get ns resourceclaims.resource.k8s.io/mine-made",
  "get ns serviceaccounts/mine-account",
  "create ns serviceaccounts/mine-account/token",
  "get ns pods/mine",
  "get ns pods/mirror",
  "list - pods?spec.nodeName=n1",
  "watch - pods?spec.nodeName==n1,status.phase!=Failed",
  "watch ns pods/mine?metadata.name=mine",
  "create ns pods",
  "delete ns pods/theirs",
  "update ns pods/theirs/status",
  "patch ns pods/mine/status",
  "create ns pods/theirs/eviction",
  "create - nodes",
  "get - nodes/n1",
  "watch - nodes/n1",
  "update - nodes/n2",
  "patch - nodes/n1/status",
  "create kube-node-lease leases.coordination.k8s.io",
  "update kube-node-lease leases.coordination.k8s.io/n1",
  "create - csinodes.storage.k8s.io",
  "delete - csinodes.storage.k8s.io/n1",
  "get - volumeattachments.storage.k8s.io/of-n1",
  "create - resourceslices.resource.k8s.io",
  ...["get", "update", "patch", "delete"].map((verb) => `${verb} - resourceslices.resource.k8s.io/of-n1`),
  ...["list", "watch", "deletecollection"].map((verb) => `${verb} - resourceslices.resource.k8s.io?spec.nodeName=n1`),
  "create ns podcertificaterequests.certificates.k8s.io",
  "get ns podcertificaterequests.certificates.k8s.io/of-n1",
  "list - podcertificaterequests.certificates.k8s.io?spec.nodeName=n1",
  "watch ns podcertificaterequests.certificates.k8s.io?spec.nodeName=n1,spec.podName=p",
  "list - services",
  "get ns endpoints/e",
  "create ns events",
  "patch ns events.events.k8s.io/e",
  "create - certificatesigningrequests.certificates.k8s.io",
  "create - tokenreviews.authentication.k8s.io",
  "list - clustertrustbundles.certificates.k8s.io",
];
const REFUSED = [
  ...SECRETS.flatMap((name) => [
    `get ns secrets/theirs-${name}`,
    `get ns secrets/unbound-${name}`,
    `get ns secrets/mirror-${name}`,
    `get other secrets/mine-${name}`,
  ]),
  "update ns secrets/mine-env",
  "delete ns secrets/mine-env",
  "get ns secrets/mine-env/status",
  "get - secrets/mine-env",
  "list ns secrets",
  "watch - secrets",
  "get ns secrets/mine-map",
  "get ns configmaps/mirror-map",
  "list ns persistentvolumeclaims/mine-claim",
  "get ns persistentvolumeclaims/mine-claim/status",
  "update ns persistentvolumeclaims/mine-claim",
  "update ns persistentvolumeclaims/theirs-claim/status",
  "get - persistentvolumes/pv-theirs",
  "get - persistentvolumes/pv-free",
  "get - persistentvolumes/pv-unknown",
  "get - persistentvolumes/pv-mine/status",
  "list - persistentvolumes",
  "watch - persistentvolumes/pv-mine",
  "update - persistentvolumes/pv-mine",
  "get ns resourceclaims.resource.k8s.io/theirs-rc",
  "list ns serviceaccounts/mine-account",
  "get ns serviceaccounts/mirror-account",
  "create ns serviceaccounts/theirs-account/token",
  "create ns serviceaccounts",
  "update ns serviceaccounts/mine-account/token",
  "get ns pods/theirs",
  "get ns pods/mine/status",
  "get ns pods/mine/log",
  "create ns pods/mine/exec",
  "create ns pods/mine/binding",
  "update ns pods/mine",
  "delete ns pods/mine/eviction",
  "list - pods",
  "list - pods?spec.nodeName=n2",
  "list - pods?spec.nodeName!=n1",
  "list - pods?spec.nodeName in n1",
  "watch ns pods/theirs",
  "deletecollection ns pods?spec.nodeName=n1",
  "get - nodes/n2",
  "list - nodes",
  "delete - nodes/n1",
  "get - nodes/n1/status",
  "get - nodes/n1/proxy",
  "list kube-node-lease leases.coordination.k8s.io",
  "update kube-node-lease leases.coordination.k8s.io/n2",
  "update ns leases.coordination.k8s.io/n1",
  "create ns leases.coordination.k8s.io",
  "update - csinodes.storage.k8s.io/n2",
  "list - csinodes.storage.k8s.io",
  "update - csinodes.storage.k8s.io/n1/status",
  "update - csinodes.storage.k8s.io/n1/other",
  "get - volumeattachments.storage.k8s.io/of-n2",
  "get - volumeattachments.storage.k8s.io/none",
  "get - volumeattachments.storage.k8s.io/of-n1/status",
  "list - volumeattachments.storage.k8s.io",
  ...["get", "update", "patch", "delete"].map((verb) => `${verb} - resourceslices.resource.k8s.io/of-n2`),
  "get - resourceslices.resource.k8s.io/of-all",
  "get - resourceslices.resource.k8s.io",
  "get - resourceslices.resource.k8s.io/of-n1/status",
  "list - resourceslices.resource.k8s.io",
  "watch - resourceslices.resource.k8s.io?spec.nodeName=n2",
  "deletecollection - resourceslices.resource.k8s.io?spec.driver=d",
  "get ns podcertificaterequests.certificates.k8s.io/of-n2",
  "get ns podcertificaterequests.certificates.k8s.io/of-n1/status",
  "update ns podcertificaterequests.certificates.k8s.io/of-n1",
  "delete ns podcertificaterequests.certificates.k8s.io/of-n1",
  "list - podcertificaterequests.certificates.k8s.io",
  "watch - podcertificaterequests.certificates.k8s.io?spec.nodeName!=n1",
  "list - namespaces",
  "update - certificatesigningrequests.certificates.k8s.io/c",
  "create - clusterroles.rbac.authorization.k8s.io",
  "get ns constructor/x",
];

for (const text of ALLOWED) test(`A node may ${text}`, () => assert.equal(allows(text), true));
for (const text of REFUSED) test(`A node may not ${text}`, () => assert.equal(allows(text), false));

test("Nobody is a node by name or by group alone, and none without a name", () => {
  assert.equal(allows("get ns pods/mine", "system:node:n1", ["system:authenticated"]), false);
  assert.equal(allows("get ns pods/mine", "n1", ["system:nodes"]), false);
  assert.equal(allows("create ns pods", "system:node:", ["system:nodes"]), false);
});

test("What a node may read comes and goes with its pods", () => {
  const { authorizer: own, change } = authorizerOf();
  const may = (text: string) => (own.authorize(attributesOf(text)) as { decision: string }).decision === "allow";
  const waiting = podOn(undefined, "p");
  const bound = podOn("n1", "p");
  change(waiting, undefined);
  assert.equal(may("get ns secrets/p-env"), false);
  change(bound, waiting);
  assert.equal(may("get ns secrets/p-env"), true);
  const debugger_ = { name: "d", image: "i", envFrom: [{ secretRef: { name: "late" } }] };
  const debugged = podOn("n1", "p", { ephemeralContainers: [debugger_] });
  change(debugged, bound);
  assert.deepEqual([may("get ns secrets/late"), may("get ns secrets/p-env")], [true, true]);
  const other = podOn("n1", "q", { imagePullSecrets: [{ name: "p-pull" }] });
  change(other, undefined);
  change(undefined, debugged);
  assert.deepEqual([may("get ns secrets/p-pull"), may("get ns secrets/p-env")], [true, false]);
  change(undefined, other);
  assert.equal(may("get ns secrets/p-pull"), false);
});
