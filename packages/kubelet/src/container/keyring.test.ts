import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Secret } from "@dingi/api";
import { systemClock } from "@dingi/base";
import { credentialsFor } from "./keyring.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

function secretOf(places: Readonly<Record<string, string | object>>, legacy = false): V1Secret {
  const entries = Object.entries(places).map(([place, user]) => [
    place,
    typeof user === "string" ? { username: user, password: "p" } : user,
  ]);
  const config = Object.fromEntries(entries) as object;
  const [type, key] = legacy ? ["dockercfg", ".dockercfg"] : ["dockerconfigjson", ".dockerconfigjson"];
  const data = { [key!]: base64(JSON.stringify(legacy ? config : { auths: config })) };
  return { metadata: { name: "pull" }, type: `kubernetes.io/${type}`, data } as unknown as V1Secret;
}

const usersFor = (repository: string, ...secrets: V1Secret[]) =>
  credentialsFor(secrets, repository).map(({ username }) => username);

test("Docker Hub's usual server name serves images without a registry's name", () => {
  for (const place of ["https://index.docker.io/v1/", "index.docker.io", "https://index.docker.io/v2/"]) {
    assert.deepEqual(usersFor("docker.io/library/nginx", secretOf({ [place]: "me" })), ["me"], place);
    assert.deepEqual(usersFor("quay.io/library/nginx", secretOf({ [place]: "me" })), [], place);
  }
  assert.deepEqual(usersFor("localhost/app", secretOf({ "index.docker.io": "me" })), ["me"], "no dot, no registry");
  assert.deepEqual(usersFor("docker.io/me/app", secretOf({ "docker.io": "exact", "index.docker.io": "hub" })), [
    "exact",
  ]);
});

test("the longest path is tried first, and everything that fits is tried", () => {
  const secret = secretOf({
    "r.test": "all",
    "r.test/team/app": "app",
    "r.test/team": "team",
    "r.test/other": "other",
  });
  assert.deepEqual(usersFor("r.test/team/app", secret), ["app", "team", "all"]);
  assert.deepEqual(usersFor("r.test/else", secret), ["all"]);
});

test("several secrets for one registry are tried in the pod's order, and both formats are read", () => {
  const secrets = [secretOf({ "r.test": "first" }), secretOf({ "https://r.test/v1/": "second" }, true)];
  assert.deepEqual(usersFor("r.test/app", ...secrets), ["first", "second"]);
});

test("globs stand for one part of the host, and ports have to be the same", () => {
  const secret = secretOf({ "*.r.test": "star", "a*c.r.test:5000": "port", "r.*": "short" });
  assert.deepEqual(usersFor("eu.r.test/app", secret), ["star"]);
  assert.deepEqual(usersFor("a.eu.r.test/app", secret), []);
  assert.deepEqual(usersFor("abc.r.test:5000/app", secret), ["port"]);
  assert.deepEqual(usersFor("abc.r.test:5001/app", secret), []);
  assert.deepEqual(usersFor("r.test/app", secret), ["short"]);
  assert.deepEqual(usersFor("rxtest/app", secretOf({ "r.test": "dot" })), []);
});

test("a name and password may stand in one field, which is the stronger", () => {
  const entry = { username: "weak", password: "weak", auth: base64("me:a:b") };
  assert.deepEqual(credentialsFor([secretOf({ "r.test": entry })], "r.test/app"), [
    { username: "me", password: "a:b" },
  ]);
  const broken = secretOf({ "r.test": { auth: base64("nobody") } });
  assert.throws(() => credentialsFor([broken], "r.test/app"), /must be formatted as base64\(username:password\)/);
});

test("a secret of another type has no say, and what is no JSON is not quoted", () => {
  const opaque = { ...secretOf({ "r.test": "me" }), type: "Opaque" };
  assert.deepEqual(usersFor("r.test/app", opaque), []);
  const broken = { ...secretOf({}), data: { ".dockerconfigjson": base64("hunter2") } };
  assert.throws(() => usersFor("r.test/app", broken), { message: 'Pull secret "pull" holds no JSON' });
});

test("a star stands for what is left over between its neighbours", () => {
  const fits = (glob: string, host: string) => usersFor(`${host}/app`, secretOf({ [glob]: "me" })).length === 1;
  for (const glob of ["*", "a*", "*a", "a*a", "*a*", "a*b*a", "**", "a*b*b*a"]) assert.ok(fits(glob, "abba"), glob);
  for (const glob of ["abba*a", "b*", "*b", "ab*ba*a", "a*c*a", "*bb*bb*"]) assert.ok(!fits(glob, "abba"), glob);
});

test("a secret with many stars does not hold up the node", () => {
  const secret = secretOf({ [`${"*a".repeat(9)}*b.r.test`]: "me" });
  const startMs = systemClock.monotonic();
  assert.deepEqual(usersFor(`${"a".repeat(40)}.r.test/app`, secret), []);
  assert.ok(systemClock.monotonic() - startMs < 2000);
});

test("JSON that is no docker configuration is told of as that, and null is nothing", () => {
  const secret = (config: unknown) =>
    ({
      metadata: { name: "pull" },
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": base64(JSON.stringify(config)) },
    }) as unknown as V1Secret;
  const says = /^Error: Pull secret "pull" holds no docker configuration: registries' names with username, password/;
  for (const odd of [1, "text", [], { auths: [] }, { auths: "text" }, { auths: { "r.test": "text" } }])
    assert.throws(() => credentialsFor([secret(odd)], "r.test/app"), says, JSON.stringify(odd));
  for (const name of ["username", "password", "auth"])
    assert.throws(() => credentialsFor([secret({ auths: { "r.test": { [name]: 1 } } })], "r.test/app"), says, name);
  for (const empty of [null, {}, { auths: null }])
    assert.deepEqual(credentialsFor([secret(empty)], "r.test/app"), [], JSON.stringify(empty));
  const nothing = [{ username: "", password: "" }];
  for (const entry of [null, {}, { username: null }])
    assert.deepEqual(credentialsFor([secret({ auths: { "r.test": entry } })], "r.test/app"), nothing);
});
