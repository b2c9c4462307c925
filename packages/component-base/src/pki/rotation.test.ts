import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FakeClock, seededRandom } from "@dingi/base";
import { isIssuedBy } from "./certificate-flaw.ts";
import { trustedOf } from "./certificate-files.ts";
import { ensureClusterPki, rotateAuthorities, type ClusterPki } from "./cluster-pki.ts";

const root = mkdtempSync(join(tmpdir(), "dingi-rotation-"));
after(() => rmSync(root, { recursive: true }));
const options = { clock: new FakeClock(), random: seededRandom(1), fabricAddress: "198.18.0.2", hostName: "boat" };
const LEAVES = ["apiserver", "apiserverKubeletClient", "admin"] as const;

const countOf = (pem: string) => pem.split("BEGIN CERTIFICATE").length - 1;
const signedBy = ({ certificatePem }: { certificatePem: string }, authority: ClusterPki["ca"]) =>
  isIssuedBy(certificatePem, authority.certificatePem);

async function step(directory: string) {
  const phase = await rotateAuthorities(directory, options);
  return { phase, pki: await ensureClusterPki(directory, options) };
}

test("an authority is followed by another in three steps, between which both are trusted", async () => {
  const directory = join(root, "steps");
  const before = await ensureClusterPki(directory, options);
  const introduced = await step(directory);
  assert.equal(introduced.phase, "next is trusted");
  assert.equal(introduced.pki.ca.keyPem, before.ca.keyPem);
  assert.equal(countOf(introduced.pki.ca.trusted), 2);
  assert.equal(countOf(introduced.pki.frontProxyCa.trusted), 2);
  assert.deepEqual(introduced.pki.issued, []);
  const promoted = await step(directory);
  assert.equal(promoted.phase, "previous is trusted");
  assert.notEqual(promoted.pki.ca.keyPem, before.ca.keyPem);
  assert.ok(
    introduced.pki.ca.trusted.includes(promoted.pki.ca.certificatePem),
    "who followed the first step believes it",
  );
  assert.ok(promoted.pki.ca.trusted.includes(before.ca.certificatePem));
  for (const name of LEAVES) assert.ok(signedBy(promoted.pki[name], promoted.pki.ca), name);
  assert.ok(signedBy(promoted.pki.frontProxyClient, promoted.pki.frontProxyCa));
  const done = await step(directory);
  assert.equal(done.phase, "alone");
  assert.equal(done.pki.ca.trusted, promoted.pki.ca.certificatePem);
  assert.deepEqual(done.pki.issued, []);
  assert.deepEqual(done.pki.serviceAccount, before.serviceAccount);
  assert.deepEqual(
    readdirSync(directory).filter((file) => /next|previous/.test(file)),
    [],
  );
});

test("a step that a crash cut off after it had given the key its new name is finished by whoever reads next", async () => {
  const directory = join(root, "cut-off");
  await ensureClusterPki(directory, options);
  const { pki } = await step(directory);
  const file = (name: string) => join(directory, name);
  const next = readFileSync(file("ca-next.crt"), "utf8");
  for (const name of ["front-proxy-ca", "ca"]) {
    writeFileSync(file(`${name}-previous.crt`), readFileSync(file(`${name}.crt`)));
    renameSync(file(`${name}-next.key`), file(`${name}.key`));
  }
  const found = await ensureClusterPki(directory, options);
  assert.equal(found.ca.certificatePem, next);
  assert.ok(found.ca.trusted.includes(pki.ca.certificatePem));
  assert.ok(signedBy(found.apiserver, found.ca));
  assert.ok(signedBy(found.frontProxyClient, found.frontProxyCa));
  assert.equal((await step(directory)).phase, "alone");
  assert.equal(countOf(await trustedOf(directory, "front-proxy-ca")), 1);
});

test("a step that a crash cut off before that is done again", async () => {
  const directory = join(root, "before");
  await ensureClusterPki(directory, options);
  const { pki } = await step(directory);
  writeFileSync(join(directory, "ca-previous.crt"), pki.ca.certificatePem);
  const again = await step(directory);
  assert.equal(again.phase, "previous is trusted");
  assert.ok(again.pki.ca.trusted.includes(pki.ca.certificatePem));
});

test("all certificates are issued anew when that is asked for, and no authority", async () => {
  const directory = join(root, "asked");
  const before = await ensureClusterPki(directory, options);
  const after = await ensureClusterPki(directory, { ...options, renew: true });
  assert.deepEqual(
    after.issued.map(({ name, reason }) => `${name}: ${reason}`),
    ["apiserver", "apiserver-kubelet-client", "front-proxy-client", "admin"].map((name) => `${name}: It was asked for`),
  );
  assert.deepEqual(after.ca, before.ca);
  assert.notEqual(after.admin.certificatePem, before.admin.certificatePem);
});
