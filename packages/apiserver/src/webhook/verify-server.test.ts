import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerCertificate } from "node:tls";
import { verifyServer } from "./verify-server.ts";

const LEGACY = "certificate relies on legacy Common Name field, use SANs instead";

for (const [host, subjectaltname, commonName, wanted] of [
  ["a.test", "DNS:a.test", "x", undefined],
  ["b.a.test", "DNS:*.a.test, IP Address:192.0.2.1", "x", undefined],
  ["192.0.2.1", "DNS:a.test, IP Address:192.0.2.1", "x", undefined],
  [
    "a.test",
    "DNS:b.test, DNS:c.test, IP Address:192.0.2.1",
    "a.test",
    "certificate is valid for b.test, c.test, not a.test",
  ],
  ["a.test", "", "a.test", LEGACY],
  ["a.test", undefined, "a.test", LEGACY],
  ["a.test", undefined, undefined, "certificate is not valid for any names, but wanted to match a.test"],
  ["a.test", "IP Address:192.0.2.1", "a.test", "certificate is not valid for any names, but wanted to match a.test"],
  ["192.0.2.2", "IP Address:192.0.2.1, DNS:a.test", "x", "certificate is valid for 192.0.2.1, not 192.0.2.2"],
  ["192.0.2.2", "DNS:a.test", "x", "cannot validate certificate for 192.0.2.2 because it doesn't contain any IP SANs"],
  [
    "192.0.2.2",
    undefined,
    "192.0.2.2",
    "cannot validate certificate for 192.0.2.2 because it doesn't contain any IP SANs",
  ],
] as const)
  test(`${host} with ${subjectaltname || "no names"} and the common name ${commonName}`, () => {
    const subject = commonName === undefined ? undefined : { CN: commonName };
    const found = verifyServer(host, { subjectaltname, subject } as unknown as PeerCertificate);
    assert.equal(found?.message, wanted && `x509: ${wanted}`);
  });
