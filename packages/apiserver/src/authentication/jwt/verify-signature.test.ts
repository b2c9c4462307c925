import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, test } from "node:test";
import { encode, signatureOf } from "../../testing/test-issuer.ts";
import { parseKeySet, type PublicJsonWebKey } from "./json-web-key.ts";
import { parseSignedToken, type SignedToken } from "./signed-token.ts";
import { hasSigned, SIGNING_ALGORITHMS } from "./verify-signature.ts";

const PAIRS = {
  RSA: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "P-384": generateKeyPairSync("ec", { namedCurve: "P-384" }),
  "P-521": generateKeyPairSync("ec", { namedCurve: "P-521" }),
};
const CURVES: Readonly<Record<string, keyof typeof PAIRS>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

const keysOf = (...keys: object[]): readonly PublicJsonWebKey[] => parseKeySet(Buffer.from(JSON.stringify({ keys })));
const jwk = (key: KeyObject, more: object = {}): object => ({ ...key.export({ format: "jwk" }), kid: "k", ...more });

function tokenOf(algorithm: string, signature: (text: string) => string): SignedToken {
  const text = `${encode(JSON.stringify({ alg: algorithm, kid: "k" }))}.${encode('{"sub":"ada"}')}`;
  return parseSignedToken(`${text}.${signature(text)}`)!;
}

describe("a signature is good", () => {
  for (const algorithm of SIGNING_ALGORITHMS)
    test(`by ${algorithm}, of this key and no other`, () => {
      const pair = PAIRS[CURVES[algorithm] ?? "RSA"];
      const token = tokenOf(algorithm, (text) => signatureOf(text, pair.privateKey, algorithm));
      const goodFor = Object.entries(PAIRS).filter(([, { publicKey }]) =>
        keysOf(jwk(publicKey)).some((key) => hasSigned(key, token)),
      );
      assert.deepEqual(
        goodFor.map(([name]) => name),
        [CURVES[algorithm] ?? "RSA"],
      );
      assert.equal(hasSigned(keysOf(jwk(pair.publicKey, { kid: "other" }))[0]!, token), false, "of another name");
    });
});

describe("a signature is none", () => {
  const { publicKey, privateKey } = PAIRS.RSA;
  const [key] = keysOf(jwk(publicKey)) as [PublicJsonWebKey];

  test("when there is none", () => {
    assert.equal(parseSignedToken(`${encode('{"alg":"none"}')}.${encode("{}")}.`), undefined);
    for (const algorithm of ["none", "None", "NONE", ""])
      assert.equal(
        hasSigned(
          key,
          tokenOf(algorithm, () => "AA"),
        ),
        false,
        algorithm,
      );
  });

  test("when the public key was taken for a secret", () => {
    const secrets = [publicKey.export({ type: "spki", format: "pem" }), JSON.stringify(jwk(publicKey))];
    for (const secret of secrets)
      for (const algorithm of ["HS256", "RS256", "ES256"]) {
        const token = tokenOf(algorithm, (text) => createHmac("sha256", secret).update(text).digest("base64url"));
        assert.equal(hasSigned(key, token), false, algorithm);
      }
  });

  test("when it is of another hash, of another padding, or not as long as it has to be", () => {
    for (const [said, done] of [
      ["RS256", "RS384"],
      ["PS256", "RS256"],
      ["RS256", "PS256"],
    ] as const)
      assert.equal(
        hasSigned(
          key,
          tokenOf(said, (text) => signatureOf(text, privateKey, done)),
        ),
        false,
      );
    const [curve] = keysOf(jwk(PAIRS["P-256"].publicKey)) as [PublicJsonWebKey];
    for (const length of [1, 63, 65, 70]) {
      const zeros = tokenOf("ES256", () => Buffer.alloc(length).toString("base64url"));
      assert.equal(hasSigned(curve, zeros), false);
    }
    assert.equal(
      hasSigned(
        curve,
        tokenOf("ES256", () => Buffer.alloc(64).toString("base64url")),
      ),
      false,
      "r = s = 0",
    );
  });

  test("for names that every object has", () => {
    for (const algorithm of ["constructor", "toString", "__proto__"])
      assert.equal(
        hasSigned(
          key,
          tokenOf(algorithm, () => "AA"),
        ),
        false,
      );
  });
});

describe("of a set of keys", () => {
  test("those that are too small, too large or of no use are passed over", () => {
    const { publicKey } = PAIRS.RSA;
    const good = jwk(publicKey);
    const bad: unknown[] = [
      null,
      1,
      {},
      { kty: "oct", k: "c2VjcmV0", kid: "k" },
      { kty: "OKP", crv: "Ed25519", x: "AA" },
      { kty: "EC", crv: "P-256", x: "AA", y: "AA" },
      { kty: "EC", crv: "secp256k1", x: "AA", y: "AA" },
      { kty: "EC", crv: "P-256", x: "A".repeat(1_000_000), y: "AA" },
      { kty: "RSA", n: "A", e: "AQAB" },
      { kty: "RSA", n: "_".repeat(1_000_000), e: "AQAB" },
      { ...good, e: "_".repeat(1000) },
      { ...good, n: 5 },
      jwk(generateKeyPairSync("rsa", { modulusLength: 512 }).publicKey),
    ];
    assert.equal(keysOf(...(bad as object[]), good).length, 1);
  });

  test("what is none, or holds too many, is refused", () => {
    for (const text of ["", "nonsense", "null", "{}", '{"keys":{}}', JSON.stringify({ keys: Array(101).fill({}) })])
      assert.throws(() => parseKeySet(Buffer.from(text)), Error, text);
  });
});

describe("a token is read in one way or not at all", () => {
  const head = encode('{"alg":"ES256"}');
  const body = encode('{"iss":"a"}');
  for (const text of [
    "",
    ".",
    "..",
    "...",
    `${head}.${body}`,
    `${head}.${body}.AA.`,
    `${head}.${body}.AA=`,
    `${head}.${body}.A A`,
    `${head}.${body}.\n`,
    `{"payload":"${body}","signature":"AA","protected":"${head}"}`,
    `${encode("[]")}.${body}.AA`,
    `${encode("null")}.${body}.AA`,
    `${head}.${encode("[]")}.AA`,
    `${head}.${encode("1")}.AA`,
    `${head}.${encode("{")}.AA`,
    `${encode('{"alg":1}')}.${body}.AA`,
    `${encode('{"alg":"ES256","kid":{}}')}.${body}.AA`,
    `${encode('{"alg":"ES256","crit":["exp"]}')}.${body}.AA`,
    `${encode('{"alg":"ES256","b64":false}')}.${body}.AA`,
    `${head}.${encode(`{"a":${"[".repeat(40_000)}${"]".repeat(40_000)}}`)}.AA`,
  ])
    test(text.slice(0, 60) || "nothing", () => assert.equal(parseSignedToken(text), undefined));

  test("of a claim that is said twice the last counts, for everything", () => {
    const { claims } = parseSignedToken(`${head}.${encode('{"iss":"a","iss":"b","__proto__":{"sub":"x"}}')}.AA`)!;
    assert.equal(claims["iss"], "b");
    assert.equal(claims["sub"], undefined);
  });
});
