import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { authorizationOptions } from "./authorization-options.ts";

const FILES: Readonly<Record<string, string>> = {
  "/good": `apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers: [{ type: Webhook, name: w, webhook: { timeout: 3s, cacheUnauthorizedRequests: false } }, { type: RBAC, name: rbac }]
`,
  "/bad": "apiVersion: v1\nkind: AuthorizationConfiguration\n",
};

const optionsOf = (flags: Readonly<Record<string, string>>) =>
  authorizationOptions(flags, {
    read: (path) => FILES[path] ?? assert.fail("ENOENT"),
    readLater: (path) => Promise.resolve(FILES[path]!),
    checkFile: () => undefined,
  });

describe("flags of authorization", () => {
  test("leave it to nodes and roles unless they say otherwise", () => {
    const { configuration, file } = optionsOf({});
    assert.deepEqual(configuration.authorizers, [
      { type: "Node", name: "node" },
      { type: "RBAC", name: "rbac" },
    ]);
    assert.equal(file, undefined);
  });

  test("name a webhook, and how long it is believed", () => {
    const { configuration } = optionsOf({
      "authorization-mode": "Webhook,AlwaysDeny",
      "authorization-webhook-config-file": "/hook",
      "authorization-webhook-cache-authorized-ttl": "0",
      "authorization-webhook-cache-unauthorized-ttl": "1m",
    });
    const [webhook, other] = configuration.authorizers!;
    assert.deepEqual(other, { type: "AlwaysDeny", name: "alwaysdeny" });
    assert.deepEqual(webhook, {
      type: "Webhook",
      name: "default",
      webhook: {
        authorizedTTL: "5m0s",
        cacheAuthorizedRequests: false,
        unauthorizedTTL: "1m",
        cacheUnauthorizedRequests: true,
        timeout: "30s",
        failurePolicy: "NoOpinion",
        subjectAccessReviewVersion: "v1beta1",
        connectionInfo: { type: "KubeConfigFile", kubeConfigFile: "/hook" },
      },
    });
  });

  test("name a file, in which some things need not be said", () => {
    const { configuration, file } = optionsOf({ "authorization-config": "/good" });
    const { webhook } = configuration.authorizers![0]!;
    assert.deepEqual([webhook?.authorizedTTL, webhook?.unauthorizedTTL], ["5m0s", "30s"]);
    assert.deepEqual([webhook?.cacheAuthorizedRequests, webhook?.cacheUnauthorizedRequests], [true, false]);
    assert.equal(file?.text, FILES["/good"]);
  });

  for (const [title, flags, says] of [
    ["a mode that is none", { "authorization-mode": "Foo" }, 'authorization-mode "Foo" is not a valid mode'],
    [
      "a mode twice",
      { "authorization-mode": "RBAC,RBAC" },
      'authorization-mode ["RBAC" "RBAC"] has mode specified more than once',
    ],
    [
      "a webhook that is nowhere",
      { "authorization-mode": "Webhook" },
      "authorization-mode Webhook's authorization config file not passed",
    ],
    [
      "a file for no webhook",
      { "authorization-webhook-config-file": "/hook" },
      "cannot specify --authorization-webhook-config-file without mode Webhook",
    ],
    [
      "modes and a file",
      { "authorization-mode": "RBAC", "authorization-config": "/good" },
      "--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined",
    ],
    [
      "a file of another kind",
      { "authorization-config": "/bad" },
      /^failed to load AuthorizationConfiguration from file "\/bad": it is a/,
    ],
  ] as const)
    test(`${title} cannot be followed`, () => assert.throws(() => optionsOf(flags), { message: says }));
});
