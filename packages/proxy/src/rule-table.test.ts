import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { aService, aSlice, at, HTTP, SITE } from "./proxy-fixture.ts";
import { RuleTable, type Change } from "./rule-table.ts";
import { changeScript } from "./script.ts";
import { compileService, type ServiceRules } from "./service-rules.ts";
import { staleFlows } from "./udp-flow.ts";

const compile = (spec: Parameters<typeof aService>[0], addresses: readonly string[], name = "web") =>
  compileService(aService(spec, name), [aSlice(addresses.map((address) => at(address, "n1")))], SITE);

/** What the kernel would have after a change; throws where it would refuse. */
function apply(kernel: Map<string, string>, { elements }: Change): void {
  for (const [id, { before }] of elements) {
    if (before === undefined) continue;
    assert.equal(kernel.get(id), before, `deletes "${id}", which is not there`);
    kernel.delete(id);
  }
  for (const [id, { after }] of elements) {
    if (after === undefined) continue;
    assert.ok(!kernel.has(id), `adds "${id}" twice`);
    kernel.set(id, after);
  }
}

describe("rule table", () => {
  test("one endpoint more: only what differs", () => {
    const table = new RuleTable();
    table.replace("default/web", compile({}, ["10.244.0.2"]));
    table.take();
    table.replace("default/web", compile({}, ["10.244.0.2", "10.244.0.3"]));
    assert.equal(
      changeScript(table.take()),
      `delete element ip dingi services { 10.96.0.1 . tcp . 80 }
table ip dingi {
  chain p2 {
    meta mark set numgen random mod 2
    goto do
  }
  chain c2 {
    ip saddr != 10.244.0.0/16 jump masq
    goto p2
  }
}
add element ip dingi endpoints { 10.96.0.1 . tcp . 80 . 1 : 10.244.0.3 . 8080 }
add element ip dingi services { 10.96.0.1 . tcp . 80 : goto c2 }
add element ip dingi hairpins { 10.244.0.3 . 10.244.0.3 }
`,
    );
  });

  test("nothing changed, or changed and changed back: nothing to say", () => {
    const table = new RuleTable();
    table.replace("default/web", compile({}, ["10.244.0.2"]));
    table.take();
    table.replace("default/web", compile({}, ["10.244.0.9"]));
    table.replace("default/web", compile({}, ["10.244.0.2"]));
    assert.equal(changeScript(table.take()), "");
  });

  test("an address claimed twice goes to the second when the first lets go", () => {
    const table = new RuleTable();
    const kernel = new Map<string, string>();
    const shared = { externalIPs: ["192.0.2.1"] };
    table.replace("default/a", compile({ ...shared, clusterIP: "10.96.0.1" }, ["10.244.0.2"], "a"));
    table.replace("default/b", compile({ ...shared, clusterIP: "10.96.0.2" }, ["10.244.0.3"], "b"));
    apply(kernel, table.take());
    assert.equal(kernel.get("endpoints 192.0.2.1 . tcp . 80 . 0"), "10.244.0.2 . 8080");
    table.replace("default/a", undefined);
    apply(kernel, table.take());
    assert.equal(kernel.get("endpoints 192.0.2.1 . tcp . 80 . 0"), "10.244.0.3 . 8080");
    table.replace("default/b", undefined);
    apply(kernel, table.take());
    assert.deepEqual([...kernel], []);
  });

  test("whatever changes, in steps or whole, the kernel ends up the same", () => {
    const pod = fc.constantFrom("10.244.0.2", "10.244.0.3", "10.244.0.4");
    const step = fc.record({
      owner: fc.nat(2),
      gone: fc.boolean(),
      pods: fc.uniqueArray(pod),
      external: fc.uniqueArray(fc.constantFrom("192.0.2.1", "192.0.2.2")),
      sticky: fc.boolean(),
      take: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const table = new RuleTable();
        const kernel = new Map<string, string>();
        for (const { owner, gone, pods, external, sticky, take } of steps) {
          const spec = {
            clusterIP: `10.96.0.${owner + 1}`,
            externalIPs: external,
            ...(sticky ? { sessionAffinity: "ClientIP" } : {}),
          };
          table.replace(`default/${owner}`, gone ? undefined : compile(spec, pods, String(owner)));
          if (take) apply(kernel, table.take());
        }
        apply(kernel, table.take());
        const whole = new Map<string, string>();
        apply(whole, table.takeAll());
        assert.deepEqual(new Map([...kernel].sort()), new Map([...whole].sort()));
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  test("UDP connections are forgotten when their endpoint stops serving, not when it terminates", () => {
    const udp = { ports: [{ ...HTTP, protocol: "UDP" }] };
    const rules = (conditions: object) =>
      (
        compileService(
          aService(udp),
          [
            aSlice(
              [at("10.244.0.2", "n1", { conditions }), at("10.244.0.3", "n1")],
              [{ name: "http", protocol: "UDP", port: 53 }],
            ),
          ],
          SITE,
        ) as ServiceRules
      ).udp;
    const ready = rules({ ready: true });
    assert.deepEqual(staleFlows(ready, rules({ ready: false, serving: true, terminating: true })), []);
    assert.deepEqual(staleFlows(ready, rules({ ready: false, serving: false })), [
      { address: "10.96.0.1", port: 80, endpoint: "10.244.0.2" },
    ]);
    assert.deepEqual(staleFlows(ready, []).length, 2);
    assert.deepEqual(staleFlows([], ready), [{ address: "10.96.0.1", port: 80 }]);
  });
});
