import { constants, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Clock } from "@dingi/base";
import { startWebhookServer, type WebhookServer } from "./webhook-server.ts";

/** The keys of an issuer, by the names that tokens have for them. */
interface SigningKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

interface SignOptions {
  /** The issuer's newest when absent. */
  readonly key?: SigningKey;
  readonly header?: object;
}

/** How a path is answered in place of what an issuer answers. */
type Answer = (response: ServerResponse) => void;

export const ISSUER_URL = "https://people.test";

/** An issuer of tokens behind TLS, on this machine's loopback. */
export class TestIssuer implements AsyncDisposable {
  readonly #server: WebhookServer;
  readonly #clock: Clock;
  readonly keys: SigningKey[] = [];
  /** By path. */
  readonly answers: Record<string, Answer>;

  private constructor(server: WebhookServer, clock: Clock, answers: Record<string, Answer>) {
    this.#server = server;
    this.#clock = clock;
    this.answers = answers;
    answers["/.well-known/openid-configuration"] = answerJson(() => ({
      issuer: ISSUER_URL,
      jwks_uri: `${ISSUER_URL}/keys`,
    }));
    answers["/keys"] = answerJson(() => ({ keys: this.keys.map(publicOf) }));
    this.rotate();
  }

  static async start(clock: Clock): Promise<TestIssuer> {
    const answers: Record<string, Answer> = {};
    const server = await startWebhookServer(
      ({ url }, response) => (answers[url] ?? ((other) => other.writeHead(404).end()))(response),
      { dnsNames: ["people.test", "other.test"] },
    );
    return new TestIssuer(server, clock, answers);
  }

  /** Leads to it, whatever is dialled. */
  get dialer() {
    return this.#server.dialer;
  }

  /** PEM. */
  get certificateAuthority(): string {
    return Buffer.from(this.#server.caBundle, "base64").toString();
  }

  /** How often a path was asked for. */
  asked(path: string): number {
    return this.#server.requests.filter(({ url }) => url === path).length;
  }

  /** A new key in place of all others. */
  rotate(): SigningKey {
    const keyId = `key-${this.asked("/keys")}-${this.keys.length}`;
    const made = { keyId, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };
    this.keys.splice(0, this.keys.length, made);
    return made;
  }

  /** Good for an hour, unless the claims say otherwise. */
  token(claims: object = {}, options: SignOptions = {}): string {
    const seconds = Math.floor(this.#clock.now() / 1000);
    return this.sign(
      JSON.stringify({ iss: ISSUER_URL, aud: "api", sub: "ada", exp: seconds + 3600, ...claims }),
      options,
    );
  }

  /** Whatever it is. */
  sign(payload: string, { key = this.keys.at(-1)!, header = {} }: SignOptions = {}): string {
    const head = { alg: "ES256", kid: key.keyId, ...header };
    const text = `${encode(JSON.stringify(head))}.${encode(payload)}`;
    return `${text}.${signatureOf(text, key.privateKey, head.alg)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

export const answerJson =
  (body: () => object): Answer =>
  (response) =>
    response.setHeader("content-type", "application/json").end(JSON.stringify(body()));

function publicOf({ keyId, publicKey }: SigningKey): object {
  return { ...publicKey.export({ format: "jwk" }), kid: keyId, use: "sig" };
}

/** By an algorithm such as "PS384", whatever the key is. */
export function signatureOf(text: string, key: KeyObject, algorithm: string): string {
  const padding = algorithm.startsWith("PS")
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {};
  const hash = `sha${/\d+$/.exec(algorithm)?.[0] ?? "256"}`;
  return sign(hash, Buffer.from(text), { key, dsaEncoding: "ieee-p1363", ...padding }).toString("base64url");
}

export const encode = (text: string): string => Buffer.from(text).toString("base64url");
