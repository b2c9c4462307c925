import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { seededRandom } from "@dingi/base";
import {
  createCertificateAuthority,
  createCertificateRequest,
  generateKeys,
  loadCertificateAuthority,
  parseCertificateRequest,
  type CertificateAuthority,
} from "@dingi/component-base";
import { startTestServer, type TestServer } from "../../testing/test-server.ts";

const URL = "/apis/certificates.k8s.io/v1/namespaces/default/podcertificaterequests";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MERGE = { "content-type": "application/merge-patch+json" };
const USAGES = ["client auth"];

/** What is different from a certificate that is right, for two hours from now. */
interface Change {
  readonly fromMs?: number;
  readonly lifeMs?: number;
  readonly key?: string;
  readonly dnsNames?: readonly string[];
  readonly status?: object;
  /** Of what follows the leaf. */
  readonly chain?: (authority: string) => string;
}

const JUNK = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

describe("What is issued for a pod", () => {
  let api: TestServer;
  let authority: CertificateAuthority;
  let count = 0;
  const key = generateKeys().privatePem;
  before(async () => {
    api = await startTestServer();
    const now = api.clock.now();
    const period = { notBefore: now - 100 * HOUR_MS, notAfter: now + 1000 * HOUR_MS };
    const random = seededRandom(3);
    const made = await createCertificateAuthority({ commonName: "signer", random, ...period });
    authority = await loadCertificateAuthority(made, random);
  });
  after(() => api[Symbol.asyncDispose]());

  /** The messages of a refusal; none when it was taken. */
  async function issue(change: Change): Promise<string[]> {
    const name = `r${count++}`;
    const pem = await createCertificateRequest({ subject: { commonName: "p" }, keyPem: key });
    const stubPKCS10Request = pem.replace(/-----[^-]+-----|\s/g, "");
    const names = { podName: "p", podUID: "1", serviceAccountName: "s", serviceAccountUID: "2" };
    const spec = { signerName: "example.org/s", ...names, nodeName: "n", nodeUID: "3", stubPKCS10Request };
    const made = await api.send({
      method: "POST",
      url: URL,
      body: { metadata: { name }, spec: { ...spec, maxExpirationSeconds: 7200 } },
    });
    assert.equal(made.status, 201, made.text);
    const status = await statusOf(change);
    const answer = await api.send({ method: "PATCH", url: `${URL}/${name}/status`, body: { status }, headers: MERGE });
    const { details } = JSON.parse(answer.text) as { details?: { causes: { field: string; message: string }[] } };
    return (
      details?.causes.map(({ field, message }) => `${field}: ${message.replace(/"-----BEGIN.*?\\n"/s, "<chain>")}`) ??
      []
    );
  }

  async function statusOf({ fromMs = 0, lifeMs = 2 * HOUR_MS, dnsNames = [], ...change }: Change): Promise<object> {
    const from = Math.floor((api.clock.now() + fromMs) / 1000) * 1000;
    const keyPem = change.key ?? key;
    const request = await createCertificateRequest({ subject: { commonName: "p" }, keyPem, dnsNames });
    const period = { notBefore: from, notAfter: from + lifeMs };
    const leaf = authority.sign(await parseCertificateRequest(request), { usages: USAGES, ...period });
    const time = (atMs: number) => new Date(atMs).toISOString().replace(".000", "");
    const rest = change.chain?.(authority.certificatePem) ?? "";
    return {
      certificateChain: leaf + rest,
      notBefore: time(from),
      notAfter: time(from + lifeMs),
      beginRefreshAt: time(from + lifeMs / 2),
      conditions: [
        { type: "Issued", status: "True", reason: "R", message: "m", lastTransitionTime: time(api.clock.now()) },
      ],
      ...change.status,
    };
  }

  const refused: readonly [what: string, change: Change, message: string][] = [
    [
      "another key's certificate",
      { key: generateKeys().privatePem },
      "status.certificateChain: Invalid value: <chain>: leaf certificate was not issued to the requested public key",
    ],
    [
      "a beginning that is not the certificate's",
      { status: { notBefore: "2001-02-03T04:05:06Z" } },
      "status.notBefore: Invalid value: 2001-02-03 04:05:06 +0000 UTC: must be set to the NotBefore time encoded in the leaf certificate",
    ],
    [
      "an end that is not the certificate's",
      { status: { notAfter: "2001-02-03T04:05:06Z" } },
      "status.notAfter: Invalid value: 2001-02-03 04:05:06 +0000 UTC: must be set to the NotAfter time encoded in the leaf certificate",
    ],
    [
      "a life that is too short",
      { lifeMs: 59 * MINUTE_MS },
      "status.certificateChain: Invalid value: 59m0s: leaf certificate lifetime must be >= 1 hour",
    ],
    [
      "a life that is longer than was asked for",
      { lifeMs: 2 * HOUR_MS + 1000 },
      "status.certificateChain: Invalid value: 2h0m1s: leaf certificate lifetime must be <= spec.maxExpirationSeconds (7200)",
    ],
    [
      "a chain that ends in nothing",
      { chain: () => JUNK },
      "status.certificateChain: Invalid value: <chain>: intermediate certificate does not parse as valid X.509",
    ],
  ];
  for (const [what, change, message] of refused) {
    test(`${what} is refused`, async () => assert.deepEqual(await issue(change), [message]));
  }

  test("times that are not told are asked for", async () => {
    const messages = await issue({ status: { notBefore: null, notAfter: null, beginRefreshAt: null } });
    assert.deepEqual(messages, [
      "status.notBefore: Required value: must be present and consistent with the issued certificate",
      "status.notAfter: Required value: must be present and consistent with the issued certificate",
      "status.beginRefreshAt: Required value: must be present and in the range [notbefore+10min, notafter-10min]",
    ]);
  });

  for (const fromMs of [-6 * MINUTE_MS, 6 * MINUTE_MS]) {
    test(`a certificate of ${fromMs / MINUTE_MS} minutes from now is refused`, async () => {
      const [message] = await issue({ fromMs });
      assert.match(message!, /must be set to within 5 minutes of kube-apiserver's current time$/);
    });
  }

  test("the time for its renewal is well within its life", async () => {
    const at = (ms: number) => ({ beginRefreshAt: new Date(api.clock.now() + ms).toISOString() });
    const [early] = await issue({ status: at(9 * MINUTE_MS) });
    assert.match(early!, /must be at least 10 minutes after status\.notBefore$/);
    const [late] = await issue({ status: at(111 * MINUTE_MS) });
    assert.match(late!, /must be at least 10 minutes before status\.notAfter$/);
  });

  test("names that are none are told", async () => {
    const messages = await issue({ dnsNames: ["a..b", ".c", "d."] });
    assert.deepEqual(
      messages.map((message) => message.replace(/^.*DNSName /, "")),
      ["should not contain '..'", "should not start or end with '.'", "should not start or end with '.'"],
    );
  });

  test("what is right is taken, with its chain", async () => {
    assert.deepEqual(await issue({}), []);
    assert.deepEqual(await issue({ chain: (pem) => pem, dnsNames: ["a.example.org"] }), []);
  });
});
