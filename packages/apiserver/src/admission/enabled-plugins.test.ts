import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Pod, Service, ServiceAccount } from "@dingi/api";
import { startTestServer } from "../testing/test-server.ts";
import type { AdmissionAttributes } from "./attributes.ts";
import { enabledPlugins } from "./enabled-plugins.ts";
import { AlwaysDeny } from "./plugins/alwaysdeny/always-deny.ts";

const ALL = ["NamespaceLifecycle", "LimitRanger", "NodeRestriction", "AlwaysPullImages", "ResourceQuota"];

test("plugins are on and off as they are switched, in their own order", () => {
  assert.deepEqual(enabledPlugins(ALL, {}), ["NamespaceLifecycle", "LimitRanger", "ResourceQuota"]);
  assert.deepEqual(enabledPlugins(ALL, { enable: ["AlwaysPullImages", "LimitRanger"], disable: ["ResourceQuota"] }), [
    "NamespaceLifecycle",
    "LimitRanger",
    "AlwaysPullImages",
  ]);
});

test("names that are none, and both at once, are told in upstream's words", () => {
  assert.throws(() => enabledPlugins(ALL, { enable: ["Nope"], disable: ["Neither"] }), {
    message: 'enable-admission-plugins plugin "Nope" is unknown; disable-admission-plugins plugin "Neither" is unknown',
  });
  assert.throws(() => enabledPlugins(ALL, { enable: ["LimitRanger"], disable: ["LimitRanger"] }), {
    message: "[LimitRanger] in enable-admission-plugins and disable-admission-plugins overlapped",
  });
});

test("a server has the plugins that it is told to have", async () => {
  await using api = await startTestServer({ admission: { enable: ["DenyServiceExternalIPs"], disable: ["Priority"] } });
  const spec = { ports: [{ port: 1 }], externalIPs: ["192.0.2.7"] };
  const made = api.admin.create(Service, { metadata: { namespace: "default", name: "s" }, spec } as never);
  await assert.rejects(made, /Use of external IPs is denied/);
  await api.admin.create(ServiceAccount, { metadata: { namespace: "default", name: "default" } });
  const pod = { metadata: { namespace: "default", name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } };
  assert.equal((await api.admin.create(Pod, pod as never)).spec.priority, undefined);
});

test("who wants nothing to be written gets that", () => {
  const attributes = { kind: ConfigMap, name: "c" } as unknown as AdmissionAttributes;
  assert.throws(() => new AlwaysDeny().admit(attributes), {
    message: 'configmaps "c" is forbidden: admission control is denying all modifications',
  });
});
