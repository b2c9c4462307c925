import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Deployment, Pod, type V1Pod } from "@dingi/api";
import { FakeClock, type Clock } from "@dingi/base";
import { AuditAnnotations } from "../../../request/audit-annotations.ts";
import type { AdmissionAttributes } from "../../attributes.ts";
import { warningsAbout } from "./existing-pods.ts";
import type { Exemptions } from "./exemptions.ts";
import { PodSecurity } from "./pod-security.ts";
import { policyOf, PRIVILEGED, type Policy } from "./policy.ts";

const RESTRICTED = { "pod-security.kubernetes.io/enforce": "restricted" };
const podOf = (spec: object = {}, name = "p"): V1Pod =>
  ({ metadata: { namespace: "strict", name }, spec: { containers: [{ name: "c", image: "i" }], ...spec } }) as never;

interface Asked {
  readonly exemptions?: Exemptions;
  readonly defaults?: Policy;
  readonly labels?: Readonly<Record<string, string>>;
  readonly attributes?: Partial<AdmissionAttributes>;
}

/** What the plugin says of a pod in a namespace with labels, and notes for whoever audits it. */
async function ask({ exemptions = {}, defaults = PRIVILEGED, labels = RESTRICTED, attributes = {} }: Asked) {
  const namespaces = { find: async () => ({ metadata: { labels } }) } as never;
  const plugin = new PodSecurity({
    feed: undefined as never,
    clock: new FakeClock(),
    namespaces,
    exemptions,
    defaults,
  });
  const warnings: string[] = [];
  const annotations = new AuditAnnotations();
  let refused: string | undefined;
  try {
    await plugin.validate({
      operation: "CREATE",
      kind: Pod as never,
      subresource: "",
      namespace: "strict",
      name: "p",
      object: podOf() as never,
      user: { name: "ada", groups: [] },
      warn: (text: string) => void warnings.push(text),
      annotations,
      ...attributes,
    } as AdmissionAttributes);
  } catch (error) {
    refused = (error as Error).message;
  }
  return { refused, warnings, annotations: Object.fromEntries(annotations) };
}

const P = "pod-security.kubernetes.io/";

describe("No policy is about", () => {
  const cases: readonly (readonly [what: string, exemptions: Exemptions, reason: string])[] = [
    ["an exempt namespace", { namespaces: ["strict"] }, "namespace"],
    ["an exempt user", { usernames: ["ada"] }, "user"],
    ["an exempt runtime class", { runtimeClasses: ["vm"] }, "runtimeClass"],
  ];
  const attributes = { object: podOf({ runtimeClassName: "vm" }) as never };
  for (const [what, exemptions, reason] of cases)
    test(`${what}, which is noted`, async () => {
      const exempt = { refused: undefined, warnings: [], annotations: { [`${P}exempt`]: reason } };
      assert.deepEqual(await ask({ exemptions, attributes }), exempt);
      const template = { spec: { template: { spec: podOf({ runtimeClassName: "vm" }).spec } } };
      const deployment = { kind: Deployment as never, object: template as never };
      assert.deepEqual(await ask({ exemptions, attributes: deployment }), exempt);
    });

  test("others than those", async () => {
    const exemptions = { namespaces: ["lax"], usernames: ["bob"], runtimeClasses: ["sandbox", ""] };
    assert.match((await ask({ exemptions, attributes })).refused ?? "", /^pods "p" is forbidden: violates PodSecurity/);
  });
});

describe("Whoever audits a request learns", () => {
  test("which policy a pod was held to, and what it violates of the one that is only audited", async () => {
    const labels = { [`${P}enforce`]: "baseline", [`${P}enforce-version`]: "v1.30", [`${P}audit`]: "restricted" };
    const { annotations, warnings } = await ask({ labels });
    assert.equal(annotations[`${P}enforce-policy`], "baseline:v1.30");
    assert.match(
      annotations[`${P}audit-violations`] ?? "",
      /^would violate PodSecurity "restricted:latest": allowPriv/,
    );
    assert.deepEqual(warnings, []);
  });

  test("that nothing is demanded", async () =>
    assert.deepEqual((await ask({ labels: {} })).annotations, { [`${P}enforce-policy`]: "privileged:latest" }));

  test("that labels were not understood; what they mean is the strictest for pods, and nothing for warnings", async () => {
    const labels = { [`${P}enforce`]: "strict", [`${P}warn`]: "strict" };
    const { refused, warnings, annotations } = await ask({ labels });
    assert.match(refused ?? "", /violates PodSecurity "restricted:latest"/);
    assert.deepEqual(warnings, []);
    assert.match(annotations[`${P}error`] ?? "", /^Failed to parse policy: \[metadata.labels\[pod-security/);
  });
});

test("where labels demand nothing, the defaults are in force", async () => {
  const restricted = { level: "restricted", version: 25 } as const;
  const defaults = { ...PRIVILEGED, enforce: restricted };
  assert.match((await ask({ labels: {}, defaults })).refused ?? "", /violates PodSecurity "restricted:v1.25"/);
  assert.equal((await ask({ labels: { [`${P}enforce`]: "privileged" }, defaults })).refused, undefined);
});

describe("An update of a pod is judged", () => {
  const update = async (spec: object, old: object) =>
    (
      await ask({
        attributes: { operation: "UPDATE", object: podOf(spec) as never, oldObject: podOf(old) as never },
      })
    ).refused !== undefined;
  const two = (image: string) => ({
    containers: [
      { name: "c", image: "i" },
      { name: "d", image },
    ],
  });
  const debug = (image: string) => ({ ephemeralContainers: [{ name: "e", image }] });

  test("where it brings an image or a container", async () => {
    assert.equal(await update(two("j"), two("i")), true);
    assert.equal(await update({ initContainers: [{ name: "x", image: "i" }] }, {}), true);
    assert.equal(await update(debug("i"), {}), true);
    assert.equal(await update(debug("j"), debug("i")), true);
  });

  test("and no other", async () => {
    assert.equal(await update({ ...two("i"), hostPID: true }, two("i")), false);
    assert.equal(await update({}, debug("i")), false);
    for (const subresource of ["status", "binding", "eviction"])
      assert.equal((await ask({ attributes: { subresource } })).refused, undefined);
    assert.notEqual((await ask({ attributes: { subresource: "ephemeralcontainers" } })).refused, undefined);
    assert.notEqual((await ask({ attributes: { subresource: "resize" } })).refused, undefined);
  });
});

describe("When more is demanded of a namespace with many pods", () => {
  const { policy } = policyOf(RESTRICTED, PRIVILEGED);
  const about = (pods: readonly V1Pod[], clock: Clock = new FakeClock(), deadlineMs?: number) =>
    warningsAbout({ namespace: "strict", pods, enforce: policy.enforce, deadlineMs }, clock);
  const owned = (name: string, uid: string): V1Pod => {
    const pod = podOf({}, name);
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid, controller: true }];
    return { ...pod, metadata: { ...pod.metadata, ownerReferences } };
  };

  test("the first three thousand are looked at, one of each controller before the others", async () => {
    const many = Array.from({ length: 3000 }, (_, i) => owned(`p${i}`, "one"));
    const [first, second, ...rest] = await about([
      ...many,
      { ...owned("other", "two"), spec: podOf({ hostPID: true }).spec },
    ]);
    assert.equal(first, "new PodSecurity enforce level only checked against the first 3000 of 3001 existing pods");
    assert.equal(
      second,
      `existing pods in namespace "strict" violate the new PodSecurity enforce level "restricted:latest"`,
    );
    assert.match(rest[0] ?? "", /^other: host namespaces, allowPrivilegeEscalation != false, /);
    assert.match(rest[1] ?? "", /^p0 \(and 2998 other pods\): allowPrivilegeEscalation != false, /);
  });

  test("for half of what the request has left, and no longer than a second", async () => {
    const slow = new FakeClock();
    const clock: Clock = Object.create(slow, {
      yieldIfDue: { value: () => slow.advance(100) },
      monotonic: { value: () => slow.monotonic() },
    }) as Clock;
    const pods = Array.from({ length: 50 }, (_, i) => podOf({}, `p${i}`));
    assert.match((await about(pods, clock))[0] ?? "", /against the first 11 of 50 existing pods$/);
    assert.match(
      (await about(pods, clock, slow.monotonic() + 400))[0] ?? "",
      /against the first 3 of 50 existing pods$/,
    );
  });
});
