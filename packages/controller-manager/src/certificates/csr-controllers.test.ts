import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import type { V1CertificateSigningRequest, V1SubjectAccessReview } from "@dingi/api";
import type { KindDefinition } from "@dingi/apimachinery";
import { FakeClock, seededRandom } from "@dingi/base";
import { createCertificateAuthority, createCertificateRequest, generateKeys } from "@dingi/component-base";
import type { ControllerDefinition, ReconcileContext } from "@dingi/controller-runtime";
import { csrApprovingController, csrSigningController } from "./csr-controllers.ts";
import { API_CLIENT, KUBELET_CLIENT } from "./signer-rules.ts";

const clock = new FakeClock();
const random = seededRandom(3);
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const validity = { notBefore: clock.now() - HOUR_MS, notAfter: clock.now() + 2 * YEAR_MS };
const authority = await createCertificateAuthority({ commonName: "kubernetes", random, ...validity });
const { privatePem: keyPem } = generateKeys();
const NODE = { commonName: "system:node:n1", organizations: ["system:nodes"] };
const APPROVED = { type: "Approved", status: "True" };

async function requestOf(
  spec: Partial<V1CertificateSigningRequest["spec"]>,
  conditions: readonly object[] = [APPROVED],
  subject = NODE,
): Promise<V1CertificateSigningRequest> {
  const request = Buffer.from(await createCertificateRequest({ subject, keyPem })).toString("base64");
  const usages = ["digital signature", "client auth"];
  return {
    metadata: { name: "r" },
    spec: { request, signerName: KUBELET_CLIENT, username: "system:node:n1", usages, ...spec },
    status: { conditions } as V1CertificateSigningRequest["status"],
  };
}

interface Written {
  readonly subresource: string;
  readonly object: V1CertificateSigningRequest;
}

/** What a controller writes about a request; reviews allow the given subresources. */
async function written(
  controller: ControllerDefinition,
  csr: V1CertificateSigningRequest,
  allowed: readonly string[] = [],
): Promise<Written | undefined> {
  let found: Written | undefined;
  const context = {
    clock,
    random,
    cache: { get: () => csr },
    client: {
      update: async (
        _kind: KindDefinition,
        object: V1CertificateSigningRequest,
        { subresource }: { subresource: string },
      ) => (found = { subresource, object }),
      review: async (_kind: KindDefinition, { spec }: V1SubjectAccessReview) => ({
        status: { allowed: allowed.includes(spec.resourceAttributes?.subresource ?? "") },
      }),
    },
  } as unknown as ReconcileContext;
  await controller.reconcile({ namespace: "", name: "r" }, context);
  return found;
}

const signing = csrSigningController({ certificatePem: authority.certificatePem, keyPem: authority.keyPem });

async function signed(csr: V1CertificateSigningRequest): Promise<X509Certificate> {
  const answer = await written(signing, csr);
  assert.equal(answer?.subresource, "status");
  return new X509Certificate(Buffer.from(answer.object.status.certificate ?? "", "base64"));
}

describe("The signing controller", () => {
  test("signs what is approved", async () => {
    assert.equal((await signed(await requestOf({}))).subject, "O=system:nodes\nCN=system:node:n1");
  });

  test("tells why it does not sign what the signer may not", async () => {
    const csr = await requestOf({}, [APPROVED], { commonName: "mallory", organizations: ["system:masters"] });
    const answer = await written(signing, csr);
    assert.equal(answer?.object.status.certificate, undefined);
    const [, failed] = answer?.object.status.conditions ?? [];
    assert.deepEqual(
      [failed?.type, failed?.reason, failed?.message],
      ["Failed", "SignerValidationFailure", "subject organization is not system:nodes"],
    );
  });

  for (const [title, change, conditions] of [
    ["what nobody approved", {}, []],
    ["what was denied", {}, [APPROVED, { type: "Denied", status: "True" }]],
    ["what has failed", {}, [APPROVED, { type: "Failed", status: "True" }]],
    ["for signers of others", { signerName: "example.com/own" }, [APPROVED]],
  ] as const)
    test(`does not touch ${title}`, async () => {
      assert.equal(await written(signing, await requestOf(change, conditions)), undefined);
    });

  for (const [title, expirationSeconds, fromMs, toMs] of [
    ["a year, less what it begins early", undefined, -5 * 60_000, YEAR_MS - 5 * 60_000],
    ["no more than a year", 10 * 365 * 24 * 3600, -5 * 60_000, YEAR_MS - 5 * 60_000],
    ["as long as asked for", 24 * 3600, -5 * 60_000, 24 * HOUR_MS - 5 * 60_000],
    ["its whole time when that is short", 3600, -5 * 60_000, HOUR_MS],
  ] as const)
    test(`gives a certificate ${title}`, async () => {
      const { validFrom, validTo } = await signed(await requestOf({ signerName: API_CLIENT, expirationSeconds }));
      assert.deepEqual([Date.parse(validFrom) - clock.now(), Date.parse(validTo) - clock.now()], [fromMs, toMs]);
    });
});

describe("The approving controller", () => {
  const approves = async (csr: V1CertificateSigningRequest, allowed: readonly string[]) =>
    (await written(csrApprovingController, csr, allowed))?.object.status.conditions?.at(-1)?.message;
  const SELF = "Auto approving self kubelet client certificate after SubjectAccessReview.";
  const OTHER = "Auto approving kubelet client certificate after SubjectAccessReview.";

  for (const [title, spec, allowed, message] of [
    ["a node's own", {}, ["selfnodeclient"], SELF],
    ["a node's own, by the wider right", {}, ["nodeclient"], OTHER],
    ["another node's", { username: "bootstrap" }, ["nodeclient"], OTHER],
    ["another node's not as its own", { username: "bootstrap" }, ["selfnodeclient"], undefined],
    ["none without a right", {}, [], undefined],
    ["none for other usages", { usages: ["client auth"] }, ["selfnodeclient"], undefined],
    ["none of another signer", { signerName: API_CLIENT }, ["selfnodeclient", "nodeclient"], undefined],
  ] as const)
    test(`approves ${title}`, async () => assert.equal(await approves(await requestOf(spec, []), allowed), message));

  test("approves nobody who is no node", async () => {
    const csr = await requestOf({}, [], { commonName: "system:node:n1", organizations: ["system:masters"] });
    assert.equal(await approves(csr, ["selfnodeclient", "nodeclient"]), undefined);
  });

  test("leaves alone what was decided", async () => {
    for (const type of ["Approved", "Denied"])
      assert.equal(await approves(await requestOf({}, [{ type, status: "True" }]), ["selfnodeclient"]), undefined);
  });
});
