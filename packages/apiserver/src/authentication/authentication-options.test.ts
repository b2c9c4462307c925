import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { authenticationOptions } from "./authentication-options.ts";
import { SIGNING_ALGORITHMS } from "./jwt/verify-signature.ts";

const ANONYMOUS = "anonymous: { enabled: true, conditions: [{ path: /livez }] }";
const FILES: Readonly<Record<string, string>> = {
  "/ca": "PEM",
  "/file": "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n",
  "/anonymous": `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n${ANONYMOUS}`,
  "/kind": "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n",
  "/twice": "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: []\njwt: []\n",
};

const optionsOf = (flags: Readonly<Record<string, string>>) =>
  authenticationOptions(flags, {
    read(path) {
      if (!Object.hasOwn(FILES, path)) throw new Error("ENOENT: no such file or directory");
      return FILES[path]!;
    },
    readLater: (path) => Promise.resolve(FILES[path]!),
  });

const ISSUER = { "oidc-issuer-url": "https://i.test", "oidc-client-id": "c" };

describe("upstream's older flags name an issuer", () => {
  test("whose users are called as it says, below its URL", () => {
    const { configuration, algorithms, file } = optionsOf(ISSUER);
    assert.deepEqual(configuration.jwt, [
      {
        issuer: { url: "https://i.test", audiences: ["c"] },
        claimMappings: { username: { claim: "sub", prefix: "https://i.test#" } },
        claimValidationRules: [],
      },
    ]);
    assert.deepEqual([algorithms, file], [["RS256"], undefined]);
  });

  test("with its authority, groups, required claims and algorithms", () => {
    const { configuration, algorithms } = optionsOf({
      ...ISSUER,
      "oidc-ca-file": "/ca",
      "oidc-username-claim": "email",
      "oidc-groups-claim": "groups",
      "oidc-groups-prefix": "g:",
      "oidc-required-claim": "hd=x,y\nteam = a=b",
      "oidc-signing-algs": "ES256,PS512",
    });
    const [jwt] = configuration.jwt!;
    assert.equal(jwt!.issuer.certificateAuthority, "PEM");
    assert.deepEqual(jwt!.claimMappings, {
      username: { claim: "email", prefix: "" },
      groups: { claim: "groups", prefix: "g:" },
    });
    assert.deepEqual(jwt!.claimValidationRules, [
      { claim: "hd", requiredValue: "x,y" },
      { claim: "team", requiredValue: "a=b" },
    ]);
    assert.deepEqual(algorithms, ["ES256", "PS512"]);
  });

  for (const [given, prefix] of [
    ["-", ""],
    ["p:", "p:"],
  ] as const)
    test(`with the prefix "${given}"`, () => {
      const { configuration } = optionsOf({ ...ISSUER, "oidc-username-prefix": given });
      assert.equal(configuration.jwt![0]!.claimMappings.username?.prefix, prefix);
    });
});

describe("without a file", () => {
  test("anonymous requests are let in, unless a flag says otherwise", () => {
    assert.deepEqual(optionsOf({}).anonymous, { enabled: true });
    assert.deepEqual(optionsOf({ "anonymous-auth": "false" }).anonymous, { enabled: false });
  });
});

describe("a file", () => {
  test("lets issuers sign as they like, and says where nobody may ask", () => {
    const { algorithms, anonymous, file } = optionsOf({ "authentication-config": "/anonymous" });
    assert.equal(algorithms, SIGNING_ALGORITHMS);
    assert.deepEqual(anonymous, { enabled: true, conditions: [{ path: "/livez" }] });
    assert.equal(file?.path, "/anonymous");
  });

  test("that says nothing of anonymous requests leaves them to the flag", () => {
    assert.deepEqual(optionsOf({ "authentication-config": "/file", "anonymous-auth": "false" }).anonymous, {
      enabled: false,
    });
  });
});

for (const [title, flags, says] of [
  ["half an issuer", { "oidc-client-id": "c" }, /^oidc-issuer-url and oidc-client-id must be specified together/],
  [
    "an issuer and a file",
    { ...ISSUER, "authentication-config": "/file" },
    /^authentication-config file and oidc-\* flags are mutually exclusive$/,
  ],
  [
    "anonymous requests twice",
    { "anonymous-auth": "true", "authentication-config": "/anonymous" },
    /^anonymous: Forbidden: --anonymous-auth flag cannot be set when/,
  ],
  [
    "an algorithm that is none",
    { ...ISSUER, "oidc-signing-algs": "HS256" },
    /^oidc: unsupported signing alg: "HS256"$/,
  ],
  [
    "a required claim without a value",
    { ...ISSUER, "oidc-required-claim": "x" },
    /^--oidc-required-claim takes claim=value, not "x"$/,
  ],
  [
    "a file that is missing",
    { "authentication-config": "/none" },
    /^failed to load authentication configuration from file "\/none": ENOENT/,
  ],
  ["a file of another kind", { "authentication-config": "/kind" }, /it is a "AuthorizationConfiguration" of/],
  [
    "a file that says something twice",
    { "authentication-config": "/twice" },
    /strict decoding error: yaml: unmarshal errors:\n  line 4: key "jwt" already set in map$/,
  ],
] as const)
  test(`${title} cannot be followed`, () => assert.throws(() => optionsOf(flags), { message: says }));
