import { ConfigMap, CustomResourceDefinition, Namespace } from "@dingi/api";
import { customKind, isNotFound, type KubeObject } from "@dingi/apimachinery";
import { testUnderFaults, type TestCluster } from "@dingi/testing";
import { namespaceController } from "./namespace-controller.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";

const controllers = [() => namespaceController, garbageCollector];

const NAMESPACES = ["doomed", "stays"] as const;
const Boat = customKind({ apiVersion: "example.org/v1", kind: "Boat", plural: "boats", scope: "Namespaced" });

const definition = {
  metadata: { name: "boats.example.org" },
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { plural: "boats", kind: "Boat" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

const definitionKey = { namespace: "", name: "boats.example.org" };

const ownedBy = ({ metadata: { name, uid } }: KubeObject) => ({
  ownerReferences: [{ apiVersion: "example.org/v1", kind: "Boat", name: name!, uid: uid! }],
});

/** Boats are defined, made, and go: with their namespace, with their owner, and with their definition. */
async function comeAndGo(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  for (const name of NAMESPACES) await admin.create(Namespace, { metadata: { name } } as never);
  await admin.create(CustomResourceDefinition, definition as never);
  await cluster.eventually(async () => {
    const { status } = await admin.get(CustomResourceDefinition, definitionKey);
    return (status?.conditions ?? []).some(({ type, status: is }) => type === "Established" && is === "True");
  });
  for (const namespace of NAMESPACES) {
    const boat = await admin.create(Boat, { metadata: { namespace, name: "boat" } } as never);
    await admin.create(Boat, { metadata: { namespace, name: "dinghy", ...ownedBy(boat) } } as never);
    await admin.create(ConfigMap, { metadata: { namespace, name: "papers", ...ownedBy(boat) }, data: {} });
  }
  const { metadata } = await admin.create(Boat, { metadata: { namespace: "stays", name: "raft" } } as never);

  await admin.delete(Namespace, { namespace: "", name: "doomed" });
  await admin.delete(Boat, { namespace: "stays", name: "boat" });
  await cluster.eventually(() => isGone(() => admin.get(Namespace, { namespace: "", name: "doomed" })));
  await cluster.eventually(() => isGone(() => admin.get(Boat, { namespace: "stays", name: "dinghy" })));
  await cluster.eventually(() => isGone(() => admin.get(ConfigMap, { namespace: "stays", name: "papers" })));
  const left = await admin.list(Boat, {});

  await admin.delete(CustomResourceDefinition, definitionKey);
  await cluster.eventually(() => isGone(() => admin.get(CustomResourceDefinition, definitionKey)));
  const after = await isGone(() => admin.list(Boat, {}));
  return { left: left.items.map((boat) => boat.metadata.uid === metadata.uid), after };
}

async function isGone(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read();
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}

testUnderFaults("Custom resources go with their namespace, their owner and their definition", {
  component: "controllers",
  share: 25,
  cluster: { controllers, nodes: 0 },
  run: comeAndGo,
  wanted: { left: [true], after: true },
});
