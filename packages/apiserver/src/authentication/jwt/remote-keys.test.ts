import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { FakeClock, settle } from "@dingi/base";
import { encode, signatureOf } from "../../testing/test-issuer.ts";
import { RemoteKeys } from "./remote-keys.ts";
import { parseSignedToken, type SignedToken } from "./signed-token.ts";

function pair(keyId: string) {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const token = (kid: string | undefined = keyId): SignedToken => {
    const text = `${encode(JSON.stringify({ alg: "ES256", kid }))}.${encode("{}")}`;
    return parseSignedToken(`${text}.${signatureOf(text, privateKey, "ES256")}`)!;
  };
  return { jwk: { ...publicKey.export({ format: "jwk" }), kid: keyId }, token };
}

function bench() {
  const clock = new FakeClock();
  const first = pair("first");
  const state = {
    keys: [first.jwk] as object[],
    fetches: 0,
    hashes: [] as (string | undefined)[],
    answer: Promise.resolve(),
  };
  const keys = new RemoteKeys({
    clock,
    fetch: async () => {
      state.fetches++;
      await state.answer;
      return Buffer.from(JSON.stringify({ keys: state.keys }));
    },
    onFetch: (hash) => state.hashes.push(hash),
  });
  return { clock, state, keys, first };
}

test("keys are fetched for the first token, once for all that wait, and not for the next", async () => {
  const { state, keys, first } = bench();
  await Promise.all([keys.verify(first.token()), keys.verify(first.token()), keys.verify(first.token())]);
  await keys.verify(first.token());
  assert.equal(state.fetches, 1);
});

test("a flood of tokens by keys that are made up asks the issuer no more than each ten seconds", async () => {
  const { clock, state, keys, first } = bench();
  await keys.verify(first.token());
  for (let second = 0; second < 120; second++) {
    for (let i = 0; i < 20; i++) await assert.rejects(keys.verify(pair(`made-up-${i}`).token()), /failed to verify/);
    await keys.verify(first.token());
    await clock.advance(1000);
  }
  assert.ok(state.fetches <= 17, String(state.fetches));
});

test("a new key is found at its first token, a second after the last fetch at the earliest", async () => {
  const { clock, state, keys, first } = bench();
  await keys.verify(first.token());
  const second = pair("second");
  state.keys = [second.jwk];
  await assert.rejects(keys.verify(second.token()), /failed to verify/);
  await clock.advance(1000);
  await keys.verify(second.token());
  await assert.rejects(keys.verify(first.token()), /failed to verify/, "the old one is gone");
});

test("what was taken back is not believed for more than an hour of use", async () => {
  const { clock, state, keys, first } = bench();
  await keys.verify(first.token());
  state.keys = [];
  await clock.advance(3_600_001);
  await keys.verify(first.token());
  await settle();
  await assert.rejects(keys.verify(first.token()));
});

test("an issuer that does not answer keeps its known keys, and few waiting", async () => {
  const { clock, state, keys, first } = bench();
  await keys.verify(first.token());
  await clock.advance(10_000);
  const { promise, reject } = Promise.withResolvers<void>();
  state.answer = promise;
  const waiting = Array.from({ length: 300 }, () =>
    keys.verify(pair("x").token()).catch((error: Error) => error.message),
  );
  await settle();
  await keys.verify(first.token());
  reject(new Error("it is gone"));
  const told = await Promise.all(waiting);
  assert.equal(told.filter((text) => text === "too many tokens wait for the issuer's keys").length, 44);
  assert.equal(told.filter((text) => text === "fetching keys oidc: get keys failed it is gone").length, 256);
  assert.deepEqual(state.hashes.at(-1), undefined);
  await keys.verify(first.token());
});

test("a token that names no key is tried with all", async () => {
  const { keys, first } = bench();
  await keys.verify(first.token(""));
});
