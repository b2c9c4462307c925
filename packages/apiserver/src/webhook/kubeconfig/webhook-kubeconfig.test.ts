import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readWebhookKubeconfig } from "./webhook-kubeconfig.ts";

const FILES: Readonly<Record<string, string>> = {
  "/etc/ca.pem": "CA",
  "/etc/cert": "CERT",
  "/etc/key": "KEY",
  "/run/token": "t\n",
};

function read(cluster: object, user: object, more: object = {}) {
  const file = JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://hook.test:8443/x", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
    ...more,
  });
  return readWebhookKubeconfig("/etc/hook.conf", (path) => {
    if (path === "/etc/hook.conf") return file;
    if (Object.hasOwn(FILES, path)) return FILES[path]!;
    throw new Error(`ENOENT: "${path}"`);
  });
}

describe("a webhook's kubeconfig", () => {
  test("names files beside itself, or holds what they would", () => {
    const files = read(
      { "certificate-authority": "ca.pem" },
      { "client-certificate": "cert", "client-key": "/etc/key" },
    );
    assert.deepEqual([files.certificateAuthority, files.certificate], ["CA", { cert: "CERT", key: "KEY" }]);
    const data = read(
      { "certificate-authority": "none", "certificate-authority-data": Buffer.from("X").toString("base64") },
      {},
    );
    assert.deepEqual([data.certificateAuthority, data.certificate], ["X", undefined]);
  });

  test("says where, and who has to answer", () => {
    const { server, serverName, anybody } = read(
      { "tls-server-name": "other.test", "insecure-skip-tls-verify": true },
      {},
    );
    assert.deepEqual([server.href, serverName, anybody], ["https://hook.test:8443/x", "other.test", true]);
  });

  for (const [title, user, says] of [
    ["a token", { token: "a" }, "Bearer a"],
    ["a token in a file, which goes before", { token: "a", tokenFile: "/run/token" }, "Bearer t"],
    ["a name and a password", { username: "a", password: "b" }, "Basic YTpi"],
    ["nothing", {}, undefined],
  ] as const)
    test(`shows ${title}`, () => assert.equal(read({}, user).authorization?.(), says));

  for (const [title, cluster, user, more, says] of [
    ["is not of https", { server: "http://hook.test" }, {}, {}, /"http:\/\/hook.test" is not of https/],
    ["is nowhere", { server: "" }, {}, {}, /server "" is no URL/],
    ["names no context", {}, {}, { contexts: [] }, /has no context "x"/],
    ["names no cluster", {}, {}, { clusters: [] }, /has no cluster "c"/],
    ["has a plugin", {}, { exec: { command: "x" } }, {}, /one by "exec", which is not supported/],
    ["has half a certificate", {}, { "client-key": "/etc/key" }, {}, /half a client certificate/],
    ["names a file that is missing", { "certificate-authority": "none" }, {}, {}, /ENOENT: "\/etc\/none"/],
    ["has a server that is a number", { server: 1 }, {}, {}, /"server" is no text/],
  ] as const)
    test(`that ${title} cannot be followed`, () => assert.throws(() => read(cluster, user, more), { message: says }));
});
