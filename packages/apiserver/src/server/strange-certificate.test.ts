import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { seededRandom, silentLogger } from "@dingi/base";
import { createCertificateAuthority } from "@dingi/component-base";
import { HttpServer } from "./http-server.ts";
import { describe } from "./peer-certificate.ts";

const LIFE = { notBefore: Date.parse("2020-01-01T00:00:00Z"), notAfter: Date.parse("2120-01-01T00:00:00Z") };
const ca = await createCertificateAuthority({ commonName: "ours", random: seededRandom(1), ...LIFE });
const stranger = await createCertificateAuthority({ commonName: "theirs", random: seededRandom(2), ...LIFE });
const served = ca.issue({ subject: { commonName: "localhost" }, usages: [], ipAddresses: ["127.0.0.1"], ...LIFE });

test("a certificate of nobody, shown by a stranger, is that of nobody", async () => {
  const nobody = stranger.issue({ subject: { commonName: "" }, usages: ["client auth"], ...LIFE });
  await using server = new HttpServer({
    handler: {
      handle: ({ peer }) =>
        Promise.resolve({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(peer.certificate)) }),
    },
    cert: served.certificatePem,
    key: served.keyPem,
    clientCa: ca.certificatePem,
    logger: silentLogger,
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const shown = { cert: nobody.certificatePem, key: nobody.keyPem, ca: ca.certificatePem };
  const request = httpsRequest({ host: "127.0.0.1", port, agent: false, ...shown });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const [chunk] = (await once(response, "data")) as [Buffer];
  assert.partialDeepStrictEqual(JSON.parse(chunk.toString()), { commonName: "", organizations: [] });
});

// Go writes several organizations into one set, and so do certificates that are made with it.
test("names that stand in one set are as many names", () => {
  const subject = { commonName: "a + O=b", organizations: ["one", "two + CN=three", "four"] };
  const { certificatePem } = ca.issue({ subject, usages: [], ...LIFE });
  const { commonName, organizations } = describe(new X509Certificate(certificatePem));
  assert.equal(commonName, subject.commonName);
  assert.deepEqual(organizations.toSorted(), subject.organizations.toSorted());
});
