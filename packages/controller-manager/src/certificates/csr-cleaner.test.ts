import assert from "node:assert/strict";
import { test } from "node:test";
import { CertificateSigningRequest, type V1CertificateSigningRequest } from "@dingi/api";
import { isNotFound, keyOf } from "@dingi/apimachinery";
import { FakeClock, seededRandom } from "@dingi/base";
import { createCertificateAuthority, createCertificateRequest, generateKeys } from "@dingi/component-base";
import { testUnderFaults } from "@dingi/testing";
import { endOf } from "./csr-cleaner.ts";

const MADE = "2026-01-01T00:00:00Z";
const HOUR_MS = 3_600_000;

async function certificateUntil(notAfter: number): Promise<string> {
  const random = seededRandom(1);
  const validity = { notBefore: new FakeClock().now() - 10 * HOUR_MS, notAfter };
  const { certificatePem } = await createCertificateAuthority({ commonName: "any", random, ...validity });
  return Buffer.from(certificatePem).toString("base64");
}

/** After how many hours it is over. */
function hours(types: readonly string[], certificate?: string): number {
  const conditions = types.map((type) => ({ type, status: "True", lastUpdateTime: MADE }));
  const metadata = { creationTimestamp: MADE };
  const request = { metadata, status: { conditions, certificate } } as unknown as V1CertificateSigningRequest;
  return (endOf(request) - Date.parse(MADE)) / HOUR_MS;
}

test("what was decided goes after an hour, what was not after a day", async () => {
  const certificate = await certificateUntil(Date.parse(MADE) + HOUR_MS / 2);
  const lasting = await certificateUntil(Date.parse(MADE) + 100 * HOUR_MS);
  const found = [
    hours([]),
    hours(["Approved"]),
    hours(["Denied"]),
    hours(["Approved", "Failed"]),
    hours(["Approved"], lasting),
    hours(["Approved"], certificate),
    hours(["Approved"], Buffer.from("nothing").toString("base64")),
    hours(["Strange"]),
  ];
  assert.deepEqual(found, [24, 24, 1, 1, 1, 0.5, 1, Infinity]);
});

testUnderFaults("A request for a certificate goes an hour after it was denied", {
  component: "controllers",
  share: 20,
  cluster: {},
  async run(cluster) {
    const { privatePem: keyPem } = generateKeys();
    const pem = await createCertificateRequest({ subject: { commonName: "ada" }, keyPem });
    const request = Buffer.from(pem).toString("base64");
    const spec = { request, signerName: "example.com/any", usages: ["client auth"] };
    const made = await cluster.admin.create(CertificateSigningRequest, { metadata: { name: "refused" }, spec });
    const lastUpdateTime = new Date(cluster.clock.now() - HOUR_MS + 20_000).toISOString();
    const conditions = [{ type: "Denied", status: "True", lastUpdateTime }];
    const denied = await cluster.admin.update(
      CertificateSigningRequest,
      { ...made, status: { ...made.status, conditions } },
      { subresource: "approval" },
    );
    return await cluster.eventually(() =>
      cluster.admin.get(CertificateSigningRequest, keyOf(denied)).then(() => false, isNotFound),
    );
  },
  wanted: true,
});
