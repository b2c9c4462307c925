import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest } from "@dingi/apimachinery";
import { FakeClock } from "@dingi/base";
import { CertificateAuthenticator } from "./certificate.ts";

test("a connection outlives its certificate, and is nobody's then", async () => {
  const clock = new FakeClock();
  const authenticator = new CertificateAuthenticator(clock);
  const certificate = {
    commonName: "ada",
    organizations: ["a"],
    fingerprint256: "00",
    notAfterMs: clock.now() + 1000,
  };
  const request = { peer: { address: "192.0.2.9", certificate } } as unknown as ApiRequest;
  const user = authenticator.authenticate(request);
  assert.deepEqual(user?.groups, ["a", "system:authenticated"]);
  await clock.advance(1000);
  assert.equal(authenticator.authenticate(request), user);
  await clock.advance(1);
  assert.throws(() => authenticator.authenticate(request), { code: 401 });
});
