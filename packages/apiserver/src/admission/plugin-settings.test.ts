import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Namespace, Pod, ServiceAccount } from "@dingi/api";
import { startTestServer } from "../testing/test-server.ts";
import { readPluginSettings } from "./plugin-settings.ts";

const HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n";
const read = (plugins: string, files: Readonly<Record<string, string>> = {}) =>
  readPluginSettings(HEAD + plugins, (path) => files[path]!);

const POD_SECURITY = `
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: { enforce: baseline, enforce-version: v1.36, warn: restricted }
    exemptions: { namespaces: [kube-system], usernames: [], runtimeClasses: [vm] }
`;

test("plugins are told what stands in the file, or in a file that it names", () => {
  const settings = read(
    `${POD_SECURITY}
- name: EventRateLimit
  path: events.yaml
- name: ResourceQuota
  configuration: { kind: ResourceQuotaConfiguration, limitedResources: [{ resource: pods, matchContains: [cpu] }] }
- name: PodNodeSelector
  configuration: { podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: a=b } }
`,
    { "events.yaml": "kind: Configuration\nlimits: [{ type: Server, qps: 5, burst: 7 }]" },
  );
  assert.deepEqual(settings, {
    PodSecurity: {
      defaults: {
        enforce: { level: "baseline", version: 36 },
        audit: { level: "privileged", version: "latest" },
        warn: { level: "restricted", version: "latest" },
      },
      exemptions: { namespaces: ["kube-system"], usernames: [], runtimeClasses: ["vm"] },
    },
    EventRateLimit: [{ type: "Server", qps: 5, burst: 7 }],
    ResourceQuota: { limited: [{ resource: "pods", matchContains: ["cpu"] }] },
    PodNodeSelector: { clusterDefaultNodeSelector: "a=b" },
  });
});

describe("What is wrong is told", () => {
  for (const [plugins, told] of [
    ["- name: Nope", /^Admission plugin "Nope" takes no configuration here$/],
    ["- name: constructor", /^Admission plugin "constructor" takes no configuration here$/],
    [
      "- { name: PodSecurity, configuration: { kind: Pod } }",
      /"PodSecurity" is a PodSecurityConfiguration, not a "Pod"$/,
    ],
    [
      "- { name: PodSecurity, configuration: { defaults: { enforce: strict, warn-version: 1.2 } } }",
      /^\[defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted, defaults.warn-version: Invalid value/,
    ],
    ["- { name: EventRateLimit, configuration: {} }", /^limits: Invalid value: .* must not be empty$/],
    [
      "- { name: EventRateLimit, configuration: { limits: [{ type: Pod, qps: 0, burst: -1, cacheSize: -1 }] } }",
      /limits\[0\].type: Unsupported value: "Pod".*burst: .*must be positive.*qps: .*cacheSize: /,
    ],
    [
      "- { name: ResourceQuota, configuration: { limitedResources: [{}] } }",
      /^limitedResources\[0\].resource: Required/,
    ],
  ] as const)
    test(plugins, () => assert.throws(() => read(plugins), { message: told }));

  test("another kind of file", () => {
    assert.throws(() => readPluginSettings("kind: Pod", () => ""), /is of kind "AdmissionConfiguration", not "Pod"$/);
    assert.throws(() => readPluginSettings("- a", () => ""), /is a mapping of names to values$/);
  });
});

test("a server's plugins keep to it", async () => {
  await using api = await startTestServer({ admission: { settings: read(POD_SECURITY) } });
  const { admin } = api;
  for (const namespace of ["kube-system", "lax"]) {
    await admin.create(Namespace, { metadata: { name: namespace } } as never).catch(() => {});
    await admin.create(ServiceAccount, { metadata: { namespace, name: "default" } });
  }
  const make = async (namespace: string) =>
    await admin.create(Pod, {
      metadata: { namespace, name: "p" },
      spec: { hostPID: true, automountServiceAccountToken: false, containers: [{ name: "c", image: "i" }] },
    } as never);
  await make("kube-system");
  await assert.rejects(make("lax"), /violates PodSecurity "baseline:v1.36": host namespaces \(hostPID=true\)$/);
});
