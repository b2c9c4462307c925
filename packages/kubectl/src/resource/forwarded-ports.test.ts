import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyObject } from "../json.ts";
import { forwardedPorts } from "./forwarded-ports.ts";

const pod: AnyObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: {
    containers: [
      {
        ports: [
          { name: "http", containerPort: 8080, protocol: "TCP" },
          { containerPort: 53, protocol: "UDP" },
        ],
      },
    ],
  },
};
const service: AnyObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { clusterIP: "10.0.0.1", ports: [{ name: "w", port: 80, targetPort: "http", protocol: "TCP" }] },
};

for (const [spec, object, expected] of [
  ["8080", pod, { local: 8080, remote: 8080 }],
  ["1:http", pod, { local: 1, remote: 8080 }],
  [":8080", pod, { local: 0, remote: 8080 }],
  ["80", service, { local: 80, remote: 8080 }],
  ["9:w", service, { local: 9, remote: 8080 }],
] as const)
  test(`${spec} of a ${object.kind} is forwarded`, () =>
    assert.deepEqual(forwardedPorts([spec], object, pod), [expected]));

for (const [spec, object, message] of [
  ["x", pod, "Pod 'web' does not have a named port 'x'"],
  ["1", service, "Service web does not have a service port 1"],
  ["53", pod, "UDP protocol is not supported for 53"],
  ["99999:80", pod, "error parsing local port '99999': strconv.ParseUint: parsing \"99999\": value out of range"],
] as const)
  test(`${spec} of a ${object.kind} is refused`, () =>
    assert.throws(() => forwardedPorts([spec], object, pod), { message }));
