import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { MIRROR_ANNOTATION } from "@dingi/api";
import { createCertificateRequest, generateKeys } from "@dingi/component-base";
import { startTestServer, type RawRequest, type TestServer } from "../../../testing/test-server.ts";

const NODE = { name: "system:node:n1", groups: ["system:nodes"] };
const PODS = "/api/v1/namespaces/default/pods";
const MERGE = { "content-type": "application/merge-patch+json" };
const CONTAINERS = [{ name: "c", image: "i" }];

interface Answer {
  readonly status: number;
  readonly message: string;
  readonly metadata: { readonly uid: string };
}

describe("A node", () => {
  let api: TestServer;
  let nodeUid: string;
  const uids = new Map<string, string>();

  async function send(request: RawRequest): Promise<Answer> {
    const { status, text } = await api.send({ user: NODE, ...request });
    const { message = "", metadata } = JSON.parse(text) as Answer;
    return { status, message, metadata };
  }

  async function allowed(request: RawRequest): Promise<Answer> {
    const answer = await send(request);
    assert.ok(answer.status < 300, answer.message);
    return answer;
  }

  async function refused(request: RawRequest, why: RegExp, status = 403): Promise<void> {
    const answer = await send(request);
    assert.match(answer.message, why);
    assert.equal(answer.status, status);
  }

  const asAdmin = { user: { name: "admin", groups: ["system:masters"] } };

  before(async () => {
    api = await startTestServer();
    for (const account of ["default", "other"]) {
      const body = { metadata: { name: account } };
      await allowed({ ...asAdmin, method: "POST", url: "/api/v1/namespaces/default/serviceaccounts", body });
    }
    const labels = { "node.kubernetes.io/own": "x", "kubernetes.io/hostname": "n1", "example.com/any": "y" };
    const node = { metadata: { name: "n1", labels } };
    nodeUid = (await allowed({ method: "POST", url: "/api/v1/nodes", body: node })).metadata.uid;
    await allowed({ ...asAdmin, method: "POST", url: "/api/v1/nodes", body: { metadata: { name: "n2" } } });
    const sources = [{ serviceAccountToken: { path: "t", audience: "vault" } }];
    const volumes = [{ name: "t", projected: { sources } }];
    for (const [name, nodeName] of [
      ["mine", "n1"],
      ["theirs", "n2"],
    ] as const) {
      const body = { metadata: { name }, spec: { nodeName, containers: CONTAINERS, volumes } };
      uids.set(name, (await allowed({ ...asAdmin, method: "POST", url: PODS, body })).metadata.uid);
    }
  });
  after(() => api[Symbol.asyncDispose]());

  function mirror(name: string, { owner = {}, spec = {}, metadata = {} }: Record<string, object> = {}): RawRequest {
    const reference = { apiVersion: "v1", kind: "Node", name: "n1", uid: nodeUid, controller: true, ...owner };
    const body = {
      metadata: { name, annotations: { [MIRROR_ANNOTATION]: "x" }, ownerReferences: [reference], ...metadata },
      spec: { nodeName: "n1", containers: CONTAINERS, automountServiceAccountToken: false, ...spec },
    };
    return { method: "POST", url: PODS, body };
  }

  test("creates mirror pods of its own", async () => void (await allowed(mirror("static-n1"))));

  for (const [title, change, why] of [
    [
      "that mirror nothing",
      { metadata: { annotations: {} } },
      /pod does not have "kubernetes.io\/config.mirror" annot/,
    ],
    ["elsewhere", { spec: { nodeName: "n2" } }, /"n1" can only create pods with spec.nodeName set to itself$/],
    ["nobody's", { metadata: { ownerReferences: [] } }, /pods with an owner reference set to itself$/],
    ["another node's", { owner: { name: "n2" } }, /pods with an owner reference set to itself$/],
    ["of another version", { owner: { apiVersion: "v2" } }, /pods with an owner reference set to itself$/],
    ["of another kind", { owner: { kind: "Pod" } }, /pods with an owner reference set to itself$/],
    ["that it does not control", { owner: { controller: false } }, /with a controller owner reference set to itself$/],
    ["that hold the node", { owner: { blockOwnerDeletion: true } }, /must not set blockOwnerDeletion/],
    ["of a node before it", { owner: { uid: "u" } }, /node n1 UID mismatch: expected u got /],
    ["with a service account", { spec: { serviceAccountName: "other" } }, /reference service ?accounts$/],
    ["that pull with a secret", { spec: { imagePullSecrets: [{ name: "s" }] } }, /reference secrets$/],
    ["with a configmap", volumeOf({ configMap: { name: "m" } }), /can not create pods that reference configmaps$/],
    ["with a secret", volumeOf({ secret: { secretName: "s" } }), /reference secrets$/],
    [
      "with a secret in its environment",
      { spec: { containers: [{ ...CONTAINERS[0], envFrom: [{ secretRef: { name: "s" } }] }] } },
      /reference secrets$/,
    ],
    [
      "with a token",
      volumeOf({ projected: { sources: [{ serviceAccountToken: { path: "t" } }] } }),
      /ServiceAccountToken|serviceaccounts \(via projected volumes\)$/,
    ],
    [
      "with trust",
      volumeOf({ projected: { sources: [{ clusterTrustBundle: { path: "t", name: "b" } }] } }),
      /reference clustertrustbundles$/,
    ],
    ["with a claim", volumeOf({ persistentVolumeClaim: { claimName: "c" } }), /reference persistentvolumeclaims$/],
    [
      "with a device (CVE-2025-4563)",
      { spec: { resourceClaims: [{ name: "gpu", resourceClaimName: "others" }] } },
      /reference resourceclaims$/,
    ],
    ["with a driver's volume", volumeOf({ csi: { driver: "d" } }), /reference csidrivers \(via CSI volumes\)$/],
  ] as const)
    test(`creates no pods ${title}`, () => refused(mirror("refused", change), why));

  test("creates no pod of two owners", () => {
    const two = ["Node", "Pod"].map((kind) => ({ apiVersion: "v1", kind, name: "n1", uid: `${nodeUid}${kind}` }));
    return refused(mirror("refused", { metadata: { ownerReferences: two } }), /with a single owner reference/);
  });

  test("may use volumes that need nothing of the API", async () =>
    void (await allowed(mirror("with-volumes-n1", volumeOf({ downwardAPI: { items: [] } })))));

  test("deletes and evicts its own pods only", async () => {
    await refused(
      { method: "DELETE", url: `${PODS}/theirs` },
      /can only delete pods with spec.nodeName set to itself$/,
    );
    await refused(evict("theirs"), /node n1 can only evict pods with spec.nodeName set to itself$/);
    await refused(evict("none"), /pods "none" not found$/, 404);
    await allowed(mirror("gone-n1"));
    await allowed({ method: "DELETE", url: `${PODS}/gone-n1` });
    await allowed(mirror("evicted-n1"));
    await allowed(evict("evicted-n1"));
  });

  function evict(name: string): RawRequest {
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } };
    return { method: "POST", url: `${PODS}/${name}/eviction`, body };
  }

  test("writes the status of its own pods only, and no label, claim or spec", async () => {
    const patch = (name: string, body: object) =>
      ({ method: "PATCH", url: `${PODS}/${name}/status`, headers: MERGE, body }) as const;
    await allowed(patch("mine", { status: { phase: "Running" } }));
    await refused(
      patch("theirs", { status: {} }),
      /can only update pod status for pods with spec.nodeName set to itself/,
    );
    await refused(patch("mine", { metadata: { labels: { a: "b" } } }), /cannot update labels through pod status$/);
    const resourceClaimStatuses = [{ name: "c", resourceClaimName: "theirs" }];
    await refused(patch("mine", { status: { resourceClaimStatuses } }), /cannot update resource claim statues$/);
    const extendedResourceClaimStatus = { resourceClaimName: "theirs", requestMappings: [] };
    await refused(patch("mine", { status: { extendedResourceClaimStatus } }), /extended resource claim status$/);
  });

  test("changes its own Node only, and not what draws workloads to it", async () => {
    const patch = (name: string, body: object) =>
      ({ method: "PATCH", url: `/api/v1/nodes/${name}`, headers: MERGE, body }) as const;
    const labelled = (key: string) => patch("n1", { metadata: { labels: { [key]: "x" } } });
    await refused(patch("n2", { metadata: { labels: { a: "b" } } }), /"n1" is not allowed to modify node "n2"$/);
    for (const key of [
      "example.com/free",
      "topology.kubernetes.io/zone",
      "kubelet.kubernetes.io/a",
      "x.node.kubernetes.io/b",
    ])
      await allowed(labelled(key));
    for (const key of [
      "node-role.kubernetes.io/control-plane",
      "node-restriction.kubernetes.io/a",
      "x.node-restriction.kubernetes.io/a",
      "a.k8s.io/b",
      "kubernetes.io/other",
    ])
      await refused(labelled(key), new RegExp(`is not allowed to modify labels: ${key}$`));
    const taints = [{ key: "a", effect: "NoSchedule" }];
    await refused(patch("n1", { spec: { taints } }), /"n1" is not allowed to modify taints$/);
    // CVE-2025-5187: a node that gives itself an owner is deleted with it, and comes back without its taints.
    const ownerReferences = [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "u" }];
    await refused(patch("n1", { metadata: { ownerReferences } }), /not allowed to modify ownerReferences$/);
    const configSource = { configMap: { namespace: "a", name: "b", kubeletConfigKey: "k" } };
    await refused(patch("n1", { spec: { configSource } }), /update configSource to a new non-nil configSource$/);
    await allowed({ ...patch("n1", { status: { phase: "Running" } }), url: "/api/v1/nodes/n1/status" });
  });

  test("registers under its own name only, with labels of its own", async () => {
    const user = { name: "system:node:n3", groups: ["system:nodes"] };
    const create = (name: string, labels: object) =>
      ({ user, method: "POST", url: "/api/v1/nodes", body: { metadata: { name, labels } } }) as const;
    await refused(create("n4", {}), /"n3" is not allowed to modify node "n4"$/);
    await refused(
      create("n3", { "node-restriction.kubernetes.io/a": "b" }),
      /not allowed to set the following labels: no/,
    );
    await allowed(create("n3", { "kubernetes.io/os": "linux" }));
  });

  function token(spec: object, account = "default"): RawRequest {
    const url = `/api/v1/namespaces/default/serviceaccounts/${account}/token`;
    return { method: "POST", url, body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec } };
  }
  const boundTo = (name: string, more: object = {}) => ({
    boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid: uids.get(name), ...more },
  });

  test("gets tokens for what its pods mount, bound to them", async () => {
    await allowed(token({ audiences: ["vault"], ...boundTo("mine") }));
    await allowed(token(boundTo("mine")));
  });

  test("gets no tokens for others, unbound, or for audiences of its own choice", async () => {
    await refused(token({ audiences: ["vault"] }), /node requested token not bound to a pod$/);
    await refused(token(boundTo("mine", { kind: "Node", name: "n1" })), /not bound to a pod$/);
    await refused(token(boundTo("mine", { uid: undefined })), /with a pod binding without a uid$/);
    await refused(token(boundTo("mine", { uid: "u" })), /the UID in the bound object reference \(u\) does not match/);
    await refused(token(boundTo("theirs")), /token bound to a pod scheduled on a different node$/);
    await refused(token({ audiences: ["a", "b"], ...boundTo("mine") }), /node may only request 0 or 1 audiences$/);
    const why = /system:node:n1 is not authorized to request tokens for audience "bank"$/;
    await refused(token({ audiences: ["bank"], ...boundTo("mine") }), why);
  });

  test("gets tokens for audiences that the driver of a volume asks for", async () => {
    const driver = { metadata: { name: "csi.example" }, spec: { tokenRequests: [{ audience: "driver" }] } };
    await allowed({ ...asAdmin, method: "POST", url: "/apis/storage.k8s.io/v1/csidrivers", body: driver });
    for (const [name, own] of [
      ["driven", "csi.example"],
      ["lost", "gone.example"],
    ] as const) {
      const volumes = [{ name: "d", csi: { driver: own } }];
      const body = { metadata: { name }, spec: { nodeName: "n1", containers: CONTAINERS, volumes } };
      uids.set(name, (await allowed({ ...asAdmin, method: "POST", url: PODS, body })).metadata.uid);
    }
    await allowed(token({ audiences: ["driver"], ...boundTo("driven") }));
    await refused(
      token({ audiences: ["bank"], ...boundTo("driven") }),
      /not authorized to request tokens for audience "bank"$/,
    );
    const why = /error validating audience "driver": csidrivers.storage.k8s.io "gone.example" not found$/;
    await refused(token({ audiences: ["driver"], ...boundTo("lost") }), why);
  });

  test("gets tokens for an audience that it is allowed", async () => {
    const group = "rbac.authorization.k8s.io";
    const metadata = { name: "audiences" };
    const verbs = ["request-serviceaccounts-token-audience"];
    const rules = [{ apiGroups: [""], resources: ["club"], verbs }];
    const subjects = [{ kind: "Group", apiGroup: group, name: "system:nodes" }];
    const roleRef = { apiGroup: group, kind: "ClusterRole", name: "audiences" };
    const url = `/apis/${group}/v1`;
    await allowed({ ...asAdmin, method: "POST", url: `${url}/clusterroles`, body: { metadata, rules } });
    await allowed({
      ...asAdmin,
      method: "POST",
      url: `${url}/clusterrolebindings`,
      body: { metadata, roleRef, subjects },
    });
    await allowed(token({ audiences: ["club"], ...boundTo("mine") }));
  });

  test("keeps its own lease only", async () => {
    const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    const create = (name: string) => ({ method: "POST", url: leases, body: { metadata: { name } } }) as const;
    await refused(create("n2"), /can only access node lease with the same name as the requesting node$/);
    await allowed(create("n1"));
  });

  test("asks for certificates in its own name only", async () => {
    const { privatePem: keyPem } = generateKeys();
    const ask = async (name: string, signerName: string, commonName: string) => {
      const pem = await createCertificateRequest({ subject: { commonName, organizations: ["system:nodes"] }, keyPem });
      const spec = { request: Buffer.from(pem).toString("base64"), signerName, usages: ["client auth"] };
      const url = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
      return { method: "POST", url, body: { metadata: { name }, spec } } as const;
    };
    const why = /can only create a node CSR with CN=system:node:n1$/;
    for (const signer of ["kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet"]) {
      const name = signer.replace("/", "-");
      await refused(await ask(`${name}-other`, signer, "system:node:n2"), why);
      await allowed(await ask(name, signer, "system:node:n1"));
    }
    await allowed(await ask("any", "example.com/signer", "anything"));
  });

  test("without a name is nobody", () =>
    refused(
      { user: { name: "system:node:", groups: ["system:nodes"] }, method: "POST", url: PODS, body: {} },
      /unknown node/,
    ));
});

function volumeOf(source: object) {
  return { spec: { volumes: [{ name: "v", ...source }] } };
}
