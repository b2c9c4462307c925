import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { nodeWith, podWith, verdicts } from "../scheduler-fixture.ts";
import { nodePorts } from "./node-ports.ts";

interface Port {
  readonly hostIP?: string;
  readonly protocol?: string;
  readonly hostPort?: number;
}
const ports = (port: Port) => [{ containerPort: 80, hostPort: 80, ...port }];
const on = (port: Port = {}): V1Pod => podWith({ containers: [{ name: "c", ports: ports(port) }] });
const first = (port: Port, more: { restartPolicy?: string } = {}): V1Pod =>
  podWith({ containers: [], initContainers: [{ name: "i", ports: ports(port), ...more }] });

const CASES: readonly (readonly [string, V1Pod, V1Pod, boolean])[] = [
  ["the same port", on(), on(), true],
  ["another port", on(), on({ hostPort: 81 }), false],
  ["TCP is the default", on(), on({ protocol: "TCP" }), true],
  ["another protocol", on({ protocol: "UDP" }), on(), false],
  ["the same address", on({ hostIP: "10.0.0.1" }), on({ hostIP: "10.0.0.1" }), true],
  ["another address", on({ hostIP: "10.0.0.1" }), on({ hostIP: "10.0.0.2" }), false],
  ["all addresses, wanted", on(), on({ hostIP: "10.0.0.2" }), true],
  ["all addresses, taken", on({ hostIP: "10.0.0.1" }), on({ hostIP: "" }), true],
  ["a sidecar's", on(), first({}, { restartPolicy: "Always" }), true],
  ["an init container's, which ends", on(), first({}), false],
];
for (const [name, pod, there, clash] of CASES)
  test(`ports: ${name} ${clash ? "clashes" : "is no hindrance"}, and its end ${clash ? "helps" : "does not"}`, () => {
    const free = "node(s) didn't have free ports for the requested pod ports";
    assert.deepEqual(verdicts(nodePorts, pod, [nodeWith("n", { pods: [there] })]), [clash ? free : "success"]);
    const ended = { resource: "AssignedPod", action: "Delete", before: there, after: undefined } as const;
    const hint = nodePorts.hints!.find(({ resource }) => resource === "AssignedPod");
    assert.equal(hint?.worthTrying(pod, ended), clash);
  });
