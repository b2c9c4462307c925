import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FakeClock, seededRandom } from "@dingi/base";
import { storeContract } from "../contract/store-contract.ts";
import { openMemoryStore } from "../memory/memory-store.ts";
import type { Store } from "../store.ts";
import { aesCbc, aesGcm } from "./aes.ts";
import { EncryptedStore, UnreadableValueError } from "./encrypted-store.ts";
import { identity, type EncryptionProvider } from "./provider.ts";

/** Out of the etcd of upstream's kube-apiserver. */
const UPSTREAM = JSON.parse(readFileSync(new URL("upstream-sealed.json", import.meta.url), "utf8")) as {
  readonly provider: string;
  readonly secret: string;
  readonly key: string;
  readonly sealed: string;
}[];
const random = seededRandom(1);
const keyOf = (name: string, bytes = 32) => ({ name, secret: new Uint8Array(bytes).fill(name.charCodeAt(0)) });
const A = aesGcm(keyOf("a"), random);
const B = aesGcm(keyOf("b", 16), random);
const KEY = "/registry/secrets/default/s";
const never = new AbortController().signal;

function encrypted(store: Store, ...providers: EncryptionProvider[]): EncryptedStore {
  return new EncryptedStore(store, [{ prefixes: ["/registry/secrets/"], providers }]);
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const textOf = (value: Uint8Array | undefined) => value && Buffer.from(value).toString();
const memory = () => openMemoryStore({ clock: new FakeClock() });

storeContract({
  name: "encrypted",
  open: async (options) => new EncryptedStore(openMemoryStore(options), [{ prefixes: [""], providers: [A, identity] }]),
});

test("what is stored tells nothing, what is read is what was written", async () => {
  await using below = memory();
  const store = encrypted(below, A, identity);
  await store.commit(KEY, { expected: 0, value: bytes("password") });
  await store.commit("/registry/pods/default/p", { expected: 0, value: bytes("plain") });
  const sealed = textOf((await below.get(KEY))?.value)!;
  assert.match(sealed, /^k8s:enc:aesgcm:v1:a:/);
  assert.doesNotMatch(sealed, /password/);
  assert.equal(textOf((await below.get("/registry/pods/default/p"))?.value), "plain");
  for (const reader of [store, encrypted(below, A)]) {
    assert.equal(textOf((await reader.get(KEY))?.value), "password");
    const { entries } = await reader.range("/registry/");
    assert.deepEqual(
      entries.map(({ value }) => textOf(value)),
      ["plain", "password"],
    );
    const conflict = await reader.commit(KEY, { expected: 0, value: bytes("other") });
    assert.equal("conflict" in conflict && textOf(conflict.conflict?.value), "password");
  }
  const result = await encrypted(below, A).commit(KEY, { expected: "any", value: bytes("new") });
  assert.equal("previous" in result && textOf(result.previous?.value), "password");
});

test("watchers are told plain values, before and after", async () => {
  await using below = memory();
  const store = encrypted(below, A);
  await store.commit(KEY, { expected: 0, value: bytes("one") });
  await store.commit(KEY, { expected: "any", value: bytes("two") });
  await store.commit(KEY, { expected: "any" });
  const told: unknown[] = [];
  const stop = new AbortController();
  for await (const events of encrypted(below, A).watch({ prefix: "/registry/", after: 1, signal: stop.signal })) {
    told.push(...events.map(({ type, value, previous }) => [type, textOf(value), textOf(previous?.value)]));
    if (told.length === 3) break;
  }
  assert.deepEqual(told, [
    ["put", "one", undefined],
    ["put", "two", "one"],
    ["delete", undefined, "two"],
  ]);
});

test("a value that was moved to another key is not believed", async () => {
  await using below = memory();
  await encrypted(below, A).commit(KEY, { expected: 0, value: bytes("password") });
  const { value } = (await below.get(KEY))!;
  const elsewhere = "/registry/secrets/other/s";
  await below.commit(elsewhere, { expected: 0, value });
  await assert.rejects(encrypted(below, A).get(elsewhere), UnreadableValueError);
});

test("a value that was changed is not believed", async () => {
  await using below = memory();
  await encrypted(below, A).commit(KEY, { expected: 0, value: bytes("password") });
  const { value } = (await below.get(KEY))!;
  for (const at of [25, value.length - 20, value.length - 1]) {
    const changed = new Uint8Array(value);
    changed[at]! ^= 1;
    await below.commit(KEY, { expected: "any", value: changed });
    await assert.rejects(encrypted(below, A).get(KEY), UnreadableValueError);
  }
  await below.commit(KEY, { expected: "any", value: value.slice(0, 30) });
  await assert.rejects(encrypted(below, A).get(KEY), /too short to be encrypted/);
});

test("a key that is missing is named, with what to do", async () => {
  await using below = memory();
  await encrypted(below, A).commit(KEY, { expected: 0, value: bytes("password") });
  await assert.rejects(encrypted(below, B, identity).range("/registry/secrets/"), {
    name: "UnreadableValueError",
    message:
      'The value of "/registry/secrets/default/s" is encrypted by aesgcm v1 with key "a", which the encryption configuration does not have: give it that key again',
  });
});

test("plain values of before are read, and sealed anew, as are those of older keys", async () => {
  await using below = memory();
  await below.commit("/registry/secrets/default/plain", { expected: 0, value: bytes("1") });
  await encrypted(below, A).commit("/registry/secrets/default/older", { expected: 0, value: bytes("2") });
  await encrypted(below, B).commit("/registry/secrets/default/newest", { expected: 0, value: bytes("3") });
  await below.commit("/registry/pods/default/p", { expected: 0, value: bytes("4") });
  const store = encrypted(below, B, A, identity);
  assert.equal(await store.sealAnew(never), 2);
  assert.equal(await store.sealAnew(never), 0);
  const { entries } = await encrypted(below, B).range("/registry/");
  assert.deepEqual(
    entries.map(({ value }) => textOf(value)),
    ["4", "3", "2", "1"],
  );
});

test("however many there are", async () => {
  await using below = memory();
  for (let i = 0; i < 450; i++) await below.commit(`${KEY}-${i}`, { expected: 0, value: bytes("x") });
  const store = encrypted(below, A, identity);
  assert.equal(await store.sealAnew(never), 450);
  assert.equal((await encrypted(below, A).range("/registry/")).entries.length, 450);
});

test("without encryption, values are written plain again", async () => {
  await using below = memory();
  await encrypted(below, A).commit(KEY, { expected: 0, value: bytes("password") });
  assert.equal(await encrypted(below, identity, A).sealAnew(never), 1);
  assert.equal(textOf((await below.get(KEY))?.value), "password");
});

test("a write between is not lost when values are sealed anew", async () => {
  await using below = memory();
  await below.commit(KEY, { expected: 0, value: bytes("old") });
  const store = encrypted(below, A, identity);
  const range = below.range.bind(below);
  below.range = async (...args) => {
    const result = await range(...args);
    await store.commit(KEY, { expected: "any", value: bytes("new") });
    return result;
  };
  assert.equal(await store.sealAnew(never), 0);
  assert.equal(textOf((await store.get(KEY))?.value), "new");
});

test("the first rule that fits a key counts", async () => {
  await using below = memory();
  const store = new EncryptedStore(below, [
    { prefixes: ["/registry/secrets/"], providers: [A] },
    { prefixes: ["/registry/"], providers: [B] },
  ]);
  for (const key of [KEY, "/registry/pods/a/b"]) await store.commit(key, { expected: 0, value: bytes("x") });
  assert.match(textOf((await below.get(KEY))!.value)!, /:a:/);
  assert.match(textOf((await below.get("/registry/pods/a/b"))!.value)!, /:b:/);
});

test("what was written by upstream's other provider is read", async () => {
  const cbc = aesCbc(keyOf("c"), random);
  const sealed = cbc.seal(bytes("password"), KEY);
  assert.match(textOf(sealed)!, /^k8s:enc:aescbc:v1:c:/);
  await using below = memory();
  await below.commit(KEY, { expected: 0, value: sealed });
  assert.equal(textOf((await encrypted(below, A, cbc).get(KEY))?.value), "password");
});

test("what upstream's server has encrypted is read, and bound to where it was", () => {
  for (const { provider, secret, key, sealed } of UPSTREAM) {
    const made = (provider === "aesgcm" ? aesGcm : aesCbc)(
      { name: "k1", secret: Buffer.from(secret, "base64") },
      random,
    );
    assert.match(Buffer.from(made.open(Buffer.from(sealed, "base64"), key)).toString("latin1"), /^k8s\0.*password/s);
    if (provider === "aesgcm") assert.throws(() => made.open(Buffer.from(sealed, "base64"), `${key}x`));
  }
});
