import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "@dingi/base";
import {
  formatEncryptionConfiguration,
  keysOfOwnConfiguration,
  parseEncryptionConfiguration,
  withNewKey,
} from "./encryption-configuration.ts";

const random = seededRandom(1);
const HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n";
const SECRET = Buffer.alloc(32, 1).toString("base64");
const GCM = `{ aesgcm: { keys: [{ name: a, secret: "${SECRET}" }] } }`;

const prefixesOf = (resources: string) =>
  parseEncryptionConfiguration(`${HEAD}resources: [{ resources: [${resources}], providers: [${GCM}] }]`, random)[0]!
    .prefixes;

test("resources are found where they are stored", () => {
  assert.deepEqual(prefixesOf("secrets, configmaps"), ["/registry/secrets/", "/registry/configmaps/"]);
  assert.deepEqual(prefixesOf("deployments.apps"), ["/registry/deployments/"]);
  assert.deepEqual(prefixesOf("widgets.example.org"), ["/registry/example.org/widgets/"]);
  assert.deepEqual(prefixesOf("'*.*'"), ["/registry/"]);
  assert.ok(prefixesOf("'*.'").includes("/registry/secrets/"));
  assert.ok(!prefixesOf("'*.'").includes("/registry/deployments/"));
  assert.ok(prefixesOf("'*.apps'").includes("/registry/deployments/"));
  assert.ok(prefixesOf("'*.example.org'").includes("/registry/example.org/"));
});

test("a configuration of dingi's own seals with its newest key and opens with all, and what is plain", () => {
  const keys = withNewKey(withNewKey([], random), random);
  assert.deepEqual(
    keys.map(({ name }) => name),
    ["key-2", "key-1"],
  );
  const text = formatEncryptionConfiguration(keys);
  assert.deepEqual(keysOfOwnConfiguration(text), keys);
  const [rule] = parseEncryptionConfiguration(text, random);
  assert.deepEqual(
    rule!.providers.map(({ mark }) => mark),
    ["k8s:enc:aesgcm:v1:key-2:", "k8s:enc:aesgcm:v1:key-1:", ""],
  );
  assert.deepEqual(rule!.prefixes, ["/registry/secrets/", "/registry/configmaps/"]);
});

const rule = (resources: string, providers: string) =>
  `${HEAD}resources: [{ resources: [${resources}], providers: [${providers}] }]`;
const key = (text: string) => rule("secrets", `{ aesgcm: { keys: [{ ${text} }] } }`);

const REFUSED: readonly (readonly [text: string, says: RegExp])[] = [
  ["{", /it is no YAML/],
  ["a: b", /it is no EncryptionConfiguration of apiserver.config.k8s.io\/v1/],
  [HEAD, /resources: at least one item is required/],
  [rule("", GCM), /resources\[0\].resources: at least one resource is required/],
  [rule("secrets", ""), /resources\[0\].providers: at least one provider is required/],
  [rule("'*'", GCM), /use '\*\.' to encrypt all the resources from core API group/],
  [rule("Secrets", GCM), /should not contain capital letters/],
  [rule("nope", GCM), /there is no resource "nope"/],
  [rule("secrets", "{ secretbox: {} }"), /providers identity, aesgcm and aescbc, not "secretbox"/],
  [rule("secrets", "{ constructor: {} }"), /not "constructor"/],
  [rule("secrets", "null"), /not ""/],
  [rule("secrets", `{ identity: {}, aesgcm: {} }`), /more than one provider/],
  [rule("secrets", "{ aesgcm: {} }"), /providers\[0\].aesgcm.keys: at least one key is required/],
  [rule("secrets", "{ aesgcm: null }"), /at least one key is required/],
  [key(`secret: "${SECRET}"`), /keys\[0\].name: name is a mandatory field/],
  [key(`name: "a:b", secret: "${SECRET}"`), /must not contain ':'/],
  [key("name: a"), /keys\[0\].secret: secret is a mandatory field/],
  [key('name: a, secret: "~~~~"'), /must be base64 encoded/],
  [key('name: a, secret: "AAAA"'), /got 3, expected one of \[16 24 32\]/],
  [
    rule("secrets", `{ aescbc: { keys: [{ name: a, secret: "${Buffer.alloc(16).toString("base64")}" }] } }`),
    /got 16, expected one of \[32\]/,
  ],
];

for (const [text, says] of REFUSED)
  test(`a configuration is refused: ${says.source}`, () => {
    assert.throws(() => parseEncryptionConfiguration(text, random), { message: says });
  });
