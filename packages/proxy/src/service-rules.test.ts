import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { V1Service } from "@dingi/api";
import { aService, aSlice, at, HTTP, SITE } from "./proxy-fixture.ts";
import { compileService } from "./service-rules.ts";

const here = at("10.244.1.2", "n1");
const away = at("10.244.2.2", "n2");
const NODE_PORT = { type: "NodePort", ports: [{ ...HTTP, nodePort: 30080 }] };

function verdicts(service: V1Service, endpoints = [here, away]): Record<string, string> {
  const rules = compileService(service, [aSlice(endpoints)], SITE);
  const entries = [...(rules?.elements ?? [])].filter(([id]) => /^(services|refused|firewall) /.test(id));
  return Object.fromEntries(entries.map(([id, value]) => [id.replaceAll(" . ", ":"), value]));
}

describe("rules of a service", () => {
  test("not for this proxy", () => {
    assert.equal(compileService(aService({ clusterIP: "None", clusterIPs: ["None"] }), [], SITE), undefined);
    assert.equal(
      compileService(aService({ type: "ExternalName", clusterIP: "", clusterIPs: [] }), [], SITE),
      undefined,
    );
    const labelled = aService({});
    assert.equal(
      compileService(
        {
          ...labelled,
          metadata: { ...labelled.metadata, labels: { "service.kubernetes.io/service-proxy-name": "other" } },
        },
        [],
        SITE,
      ),
      undefined,
    );
  });

  test("cluster IP and node port", () => {
    assert.deepEqual(verdicts(aService(NODE_PORT)), {
      "services 10.96.0.1:tcp:80": "goto c2",
      "services 198.18.0.11:tcp:30080": "goto e2",
    });
  });

  test("no endpoints: refused", () => {
    assert.deepEqual(verdicts(aService(NODE_PORT), []), {
      "refused 10.96.0.1:tcp:80": "goto refuse",
      "refused 198.18.0.11:tcp:30080": "goto refuse",
    });
  });

  test("local policies, with and without a pod here", () => {
    const local = { ...NODE_PORT, internalTrafficPolicy: "Local", externalTrafficPolicy: "Local" };
    assert.deepEqual(verdicts(aService(local)), {
      "services 10.96.0.1:tcp:80": "goto c1",
      "services 198.18.0.11:tcp:30080": "goto l1_2",
    });
    assert.deepEqual(verdicts(aService(local), [away]), {
      "services 10.96.0.1:tcp:80": "drop",
      "services 198.18.0.11:tcp:30080": "goto l0_1",
    });
  });

  test("a local external policy lets this node and its own pods go anywhere, and nobody else, other nodes' pods included", () => {
    const local = aService({ ...NODE_PORT, externalTrafficPolicy: "Local" });
    const chains = (endpoints: (typeof here)[]) => compileService(local, [aSlice(endpoints)], SITE)?.chains;
    const inside = (anywhere: string) => [
      `ip saddr 10.244.1.0/24 goto ${anywhere}`,
      "fib saddr type local jump masq",
      `fib saddr type local goto ${anywhere}`,
    ];
    assert.deepEqual(chains([away])?.get("l0_1"), [...inside("p1_o"), "drop"]);
    assert.deepEqual(chains([here, away])?.get("l1_2"), [...inside("p2_o"), "goto p1"]);
    assert.deepEqual(
      chains([away])?.get("c1")?.[0],
      "ip saddr != 10.244.0.0/16 jump masq",
      "inside the cluster all pods are",
    );
  });

  test("affinity: endpoints keep their slot whatever others come and go", () => {
    const slots = (endpoints: (typeof here)[]) => {
      const rules = compileService(aService({ sessionAffinity: "ClientIP" }), [aSlice(endpoints)], SITE);
      assert.ok(rules?.elements.get("services 10.96.0.1 . tcp . 80")?.endsWith("_a10800"));
      return new Map(
        [...(rules?.elements ?? [])]
          .filter(([id]) => /^endpoints .* \d{6,}$/.test(id))
          .map(([id, value]) => [value, id]),
      );
    };
    assert.equal(slots([away]).get("10.244.2.2 . 8080"), slots([here, away]).get("10.244.2.2 . 8080"));
    assert.equal(slots([here, away]).size, 2);
  });

  test("external IPs, and load balancer addresses with their source ranges", () => {
    const service = aService({
      type: "LoadBalancer",
      externalIPs: ["192.0.2.1"],
      loadBalancerSourceRanges: ["198.51.100.0/24", " 203.0.113.0/24"],
    });
    const ingress = [{ ip: "192.0.2.9" }, { ip: "192.0.2.10", ipMode: "Proxy" }, { hostname: "lb" }];
    const rules = compileService({ ...service, status: { loadBalancer: { ingress } } }, [aSlice([away])], SITE);
    const found = verdicts({ ...service, status: { loadBalancer: { ingress } } }, [away]);
    assert.deepEqual(Object.keys(found).sort(), [
      "firewall 192.0.2.9:tcp:80",
      "services 10.96.0.1:tcp:80",
      "services 192.0.2.1:tcp:80",
      "services 192.0.2.9:tcp:80",
    ]);
    const chain = found["firewall 192.0.2.9:tcp:80"]?.replace("jump ", "") ?? "";
    assert.deepEqual(rules?.chains.get(chain), [
      "ip saddr 198.51.100.0/24 return",
      "ip saddr 203.0.113.0/24 return",
      "drop",
    ]);
  });

  test("a source range that is none lets nobody in, and cannot speak nft", () => {
    const service = aService({ type: "LoadBalancer", loadBalancerSourceRanges: ["0.0.0.0/0 accept; flush ruleset"] });
    const rules = compileService(
      { ...service, status: { loadBalancer: { ingress: [{ ip: "192.0.2.9" }] } } },
      [aSlice([away])],
      SITE,
    );
    assert.deepEqual(rules?.chains.get("s_none"), ["drop"]);
  });

  test("endpoint addresses that are none are left out", () => {
    assert.deepEqual(verdicts(aService({}), [at("evil } ; flush ruleset", "n1")]), {
      "refused 10.96.0.1:tcp:80": "goto refuse",
    });
  });
});
