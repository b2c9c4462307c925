import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { V1IPAddress, V1Service, V1ServiceCIDR } from "@dingi/api";
import { planAddress, planService, type Allocations, type Repair } from "./repair-plan.ts";

const SECOND = 1000;
const MADE = "2026-01-01T00:00:00Z";

const LABELS = {
  "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
  "ipaddress.kubernetes.io/ip-family": "IPv4",
};

const service = (clusterIPs?: readonly string[], { name = "web", type = "ClusterIP" } = {}) =>
  ({ metadata: { namespace: "n", name }, spec: { type, ...(clusterIPs ? { clusterIPs } : {}) } }) as V1Service;

const address = (
  name: string,
  { labels = LABELS, parentRef = { resource: "services", namespace: "n", name: "web" } }: Record<string, object> = {},
) => ({ metadata: { name, labels, creationTimestamp: MADE }, spec: { parentRef } }) as unknown as V1IPAddress;

const CIDRS = [
  { metadata: { name: "kubernetes" }, spec: { cidrs: ["10.0.0.0/24", "fd00::/112"] }, status: {} },
] as V1ServiceCIDR[];

function world({ services = [] as V1Service[], addresses = [] as V1IPAddress[] } = {}): Allocations {
  return {
    service: (namespace, name) =>
      services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    address: (name) => addresses.find(({ metadata }) => metadata.name === name),
    cidrs: CIDRS,
  };
}

/** In one line each. */
const told = (repairs: readonly Repair[]): string[] =>
  repairs.map((repair) => {
    if (repair.do === "wait") return `wait ${repair.ms}`;
    const what = repair.do === "complain" ? "complain" : `${repair.do} ${repair.address}`;
    return repair.complaint ? `${what} ${repair.complaint.reason}: ${repair.complaint.note}` : what;
  });

describe("A Service's addresses", () => {
  const other = (name: string) => ({ parentRef: { resource: "services", namespace: "n", name } });
  for (const [title, one, seen, wanted] of [
    ["are as they should be", service(["10.0.0.5"]), { addresses: [address("10.0.0.5")] }, []],
    ["are none", service(), {}, []],
    ["are none where it has no head", service(["None"]), {}, []],
    ["are none where it is a name", service(["10.0.0.5"], { type: "ExternalName" }), {}, []],
    [
      "are made again, each in its own way",
      service(["10.0.0.5", "FD00::0005"]),
      {},
      [
        "create 10.0.0.5 ClusterIPNotAllocated: Cluster IP [IPv4]: 10.0.0.5 is not allocated; repairing",
        "create fd00::5 ClusterIPNotAllocated: Cluster IP [IPv6]: fd00::5 is not allocated; repairing",
      ],
    ],
    [
      "are no addresses",
      service(["x"]),
      {},
      ["complain ClusterIPNotValid: Cluster IP x is not a valid IP; please recreate Service"],
    ],
    [
      "are out of every range",
      service(["10.0.1.5"]),
      {},
      [
        "complain ClusterIPOutOfRange: Cluster IP [IPv4]: 10.0.1.5 is not within any configured Service CIDR; please recreate service",
      ],
    ],
    [
      "are held for it, and not labelled",
      service(["10.0.0.5"]),
      { addresses: [address("10.0.0.5", { labels: {} })] },
      ["recreate 10.0.0.5"],
    ],
    [
      "are labelled as of the other family",
      service(["fd00::5"]),
      { addresses: [address("fd00::5")] },
      ["recreate fd00::5"],
    ],
    [
      "are another's, too",
      service(["10.0.0.5"]),
      { addresses: [address("10.0.0.5", other("db"))], services: [service(["10.0.0.5"], { name: "db" })] },
      [
        "complain ClusterIPAlreadyAllocated: Cluster IP [IPv4]:10.0.0.5 was assigned to multiple services; please recreate service",
      ],
    ],
    [
      "are held for one that has others",
      service(["10.0.0.5"]),
      { addresses: [address("10.0.0.5", other("db"))], services: [service(["10.0.0.6"], { name: "db" })] },
      [
        "recreate 10.0.0.5 ClusterIPNotAllocated: the ClusterIP [IPv4]: 10.0.0.5 for Service n/web has a wrong reference; repairing",
      ],
    ],
    [
      "are held for what is no Service",
      service(["10.0.0.5"]),
      { addresses: [address("10.0.0.5", { parentRef: { resource: "gateways", namespace: "n", name: "web" } })] },
      [
        "recreate 10.0.0.5 ClusterIPNotAllocated: the ClusterIP [IPv4]: 10.0.0.5 for Service n/web has a wrong reference; repairing",
      ],
    ],
  ] as const)
    test(title, () => assert.deepEqual(told(planService(one, world(seen as never))), wanted));
});

describe("An address", () => {
  const OLD = 3600 * SECOND;
  const web = { services: [service(["10.0.0.5"])] };
  const changed = { services: [service(["10.0.0.6"])] };
  const named = { services: [service(undefined, { type: "ExternalName" })] };
  const WRONG =
    "delete 10.0.0.5 IPAddressWrongReference: IPAddress: 10.0.0.5 for Service n/web has a wrong reference; cleaning up";
  const LEAKED =
    "delete 10.0.0.5 IPAddressNotAllocated: IPAddress: 10.0.0.5 for Service n/web appears to have leaked: cleaning up";
  const MODIFIED =
    "delete 10.0.0.5 IPAddressNotAllocated: IPAddress 10.0.0.5 appears to have been modified, not referencing a Service: cleaning up";
  for (const [title, parts, seen, ageMs, wanted] of [
    ["stays while its Service has it", {}, web, OLD, []],
    ["stays where somebody else keeps it", { labels: {} }, {}, OLD, []],
    ["waits for its Service to be stored", {}, {}, 60 * SECOND, ["wait 1"]],
    ["goes without a Service", {}, {}, 60 * SECOND + 1, [LEAKED]],
    ["waits until its Service has taken it", {}, changed, 4 * SECOND, ["wait 1000"]],
    ["goes when its Service has taken another", {}, changed, 5 * SECOND, [WRONG]],
    ["waits longer until its Service is a name", {}, named, 59 * SECOND, ["wait 1000"]],
    ["goes when its Service has become a name", {}, named, 60 * SECOND, [WRONG]],
    ["goes that is not a Service's", { parentRef: { resource: "gateways", name: "web" } }, web, 0, [MODIFIED]],
    [
      "goes that is of another group's services",
      { parentRef: { group: "example.com", resource: "services", namespace: "n", name: "web" } },
      web,
      0,
      [MODIFIED],
    ],
  ] as const)
    test(title, () => {
      const nowMs = Date.parse(MADE) + ageMs;
      assert.deepEqual(told(planAddress(address("10.0.0.5", parts), world(seen as never), nowMs)), wanted);
    });
});
