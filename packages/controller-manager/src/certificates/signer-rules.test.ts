import assert from "node:assert/strict";
import { test } from "node:test";
import { API_CLIENT, KUBELET_CLIENT, KUBELET_SERVING, signingProblem } from "./signer-rules.ts";

const NODE = { commonName: "system:node:n1", organizations: ["system:nodes"] };
const NONE = { dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] };
const CLIENT = ["digital signature", "client auth"];
const SERVING = ["digital signature", "server auth"];
const dns = { ...NONE, dnsNames: ["n1"] };
const ip = { ...NONE, ipAddresses: ["192.0.2.1"] };
const email = { ...dns, emailAddresses: ["a@b.example"] };
const uri = { ...dns, uris: ["spiffe://a/b"] };
const NO_NODES = "subject organization is not system:nodes";
const NO_NODE = "subject common name does not begin with system:node:";
const CLIENT_USAGES = "usages did not match [client auth digital signature key encipherment]";

for (const [signer, subject, names, usages, wanted] of [
  [KUBELET_CLIENT, NODE, NONE, CLIENT, undefined],
  [KUBELET_CLIENT, NODE, NONE, [...CLIENT, "key encipherment"], undefined],
  [KUBELET_CLIENT, NODE, NONE, ["client auth"], CLIENT_USAGES],
  [KUBELET_CLIENT, NODE, NONE, [...CLIENT, "server auth"], CLIENT_USAGES],
  [KUBELET_CLIENT, NODE, dns, CLIENT, "DNS subjectAltNames are not allowed"],
  [KUBELET_CLIENT, NODE, ip, CLIENT, "IP subjectAltNames are not allowed"],
  [KUBELET_CLIENT, NODE, { ...email, dnsNames: [] }, CLIENT, "Email subjectAltNames are not allowed"],
  [KUBELET_CLIENT, NODE, { ...uri, dnsNames: [] }, CLIENT, "URI subjectAltNames are not allowed"],
  [KUBELET_CLIENT, { ...NODE, organizations: [] }, NONE, CLIENT, NO_NODES],
  [KUBELET_CLIENT, { ...NODE, organizations: ["system:nodes", "system:masters"] }, NONE, CLIENT, NO_NODES],
  [KUBELET_CLIENT, { ...NODE, organizations: ["system:masters"] }, NONE, CLIENT, NO_NODES],
  [KUBELET_CLIENT, { ...NODE, commonName: "admin" }, NONE, CLIENT, NO_NODE],
  [KUBELET_SERVING, NODE, dns, SERVING, undefined],
  [KUBELET_SERVING, NODE, ip, [...SERVING, "key encipherment"], undefined],
  [KUBELET_SERVING, NODE, NONE, SERVING, "DNS or IP subjectAltName is required"],
  [KUBELET_SERVING, NODE, email, SERVING, "Email subjectAltNames are not allowed"],
  [KUBELET_SERVING, NODE, uri, SERVING, "URI subjectAltNames are not allowed"],
  [KUBELET_SERVING, NODE, dns, CLIENT, "usages did not match [digital signature key encipherment server auth]"],
  [KUBELET_SERVING, { ...NODE, commonName: "n1" }, dns, SERVING, NO_NODE],
  [KUBELET_SERVING, { ...NODE, organizations: [] }, dns, SERVING, NO_NODES],
  [API_CLIENT, { commonName: "ada", organizations: [] }, NONE, ["client auth"], undefined],
  [API_CLIENT, NODE, NONE, ["digital signature"], "missing required usage for client certificate: client auth"],
  [API_CLIENT, NODE, NONE, [...CLIENT, "cert sign"], "invalid usage for client certificate: cert sign"],
] as const)
  test(`${signer}, for ${JSON.stringify({ ...subject, ...names })}, ${usages.join("+")}`, () =>
    assert.equal(signingProblem(signer, { subject, names }, usages), wanted));
