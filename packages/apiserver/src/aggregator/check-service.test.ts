import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1EndpointSlice, V1Service } from "@dingi/api";
import { checkService } from "./check-service.ts";

const api = { service: { namespace: "ns", name: "api", port: 443 } };
const service = (type = "ClusterIP", port = 443): V1Service => ({
  metadata: { namespace: "ns", name: "api" },
  spec: { type, ports: [{ name: "https", port, protocol: "TCP", targetPort: 8443 }] },
  status: { loadBalancer: {} },
});
const slice = (ready: boolean | undefined, name = "https"): V1EndpointSlice => ({
  metadata: {},
  addressType: "IPv4",
  endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready } }],
  ports: [{ name, port: 8443 }],
});

test("what can be told of an API without asking it", () => {
  const told = (...of: [V1Service | undefined, ...V1EndpointSlice[]]) => {
    const [one, ...slices] = of;
    const found = checkService(api, one, slices);
    return found && [found.status, found.reason, found.message];
  };
  assert.deepEqual(told(undefined), ["False", "ServiceNotFound", 'service/api in "ns" is not present']);
  assert.deepEqual(told(service("ClusterIP", 80), slice(true)), [
    "False",
    "ServicePortError",
    'service/api in "ns" is not listening on port 443',
  ]);
  assert.deepEqual(told(service()), [
    "False",
    "EndpointsNotFound",
    'cannot find endpointslices for service/api in "ns"',
  ]);
  const missing = 'endpointslices for service/api in "ns" have no addresses with port name "https"';
  assert.deepEqual(told(service(), slice(false)), ["False", "MissingEndpoints", missing]);
  assert.deepEqual(told(service(), slice(true, "other")), ["False", "MissingEndpoints", missing]);
  assert.equal(told(service(), slice(false), slice(true)), undefined);
  assert.equal(told(service(), slice(undefined)), undefined);
  assert.equal(told(service("ExternalName")), undefined);
});
