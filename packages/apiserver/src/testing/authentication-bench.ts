import { FakeClock, settle } from "@dingi/base";
import type { Dialer } from "@dingi/apimachinery";
import { openMemoryStore } from "@dingi/store";
import type { AuthenticationOptions } from "../authentication/authentication-options.ts";
import { SIGNING_ALGORITHMS } from "../authentication/jwt/verify-signature.ts";
import { startTestServer, type TestServer } from "./test-server.ts";
import { TestIssuer, ISSUER_URL } from "./test-issuer.ts";

interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface AuthenticationBench extends AsyncDisposable {
  readonly issuer: TestIssuer;
  readonly api: TestServer;
  readonly clock: FakeClock;
  /** Whom a request with the token is taken for; its status where it is refused. */
  whoIs(token: string): Promise<UserInfo | number>;
  /** When the token is believed. */
  believes(token: string): Promise<UserInfo>;
  /** What a TokenReview says of it. */
  review(token: string, audiences?: readonly string[]): Promise<{ readonly [field: string]: unknown }>;
}

interface BenchOptions {
  /** Of its only issuer. */
  readonly jwt?: object;
  readonly authentication?: (issuer: TestIssuer) => AuthenticationOptions;
  readonly dialer?: Dialer;
}

export const jwtOf = (issuer: TestIssuer, more: object = {}): object => ({
  issuer: { url: ISSUER_URL, audiences: ["api"], certificateAuthority: issuer.certificateAuthority },
  claimMappings: { username: { claim: "sub", prefix: "" } },
  ...more,
});

export const believing = (...jwt: object[]): AuthenticationOptions => ({
  configuration: { jwt: jwt as never },
  anonymous: { enabled: true },
  algorithms: SIGNING_ALGORITHMS,
});

/** An API server that believes an issuer, and the issuer. */
export async function startAuthenticationBench(options: BenchOptions = {}): Promise<AuthenticationBench> {
  const clock = new FakeClock();
  await using stack = new AsyncDisposableStack();
  const issuer = stack.use(await TestIssuer.start(clock));
  const store = stack.use(openMemoryStore({ clock }));
  const authentication = options.authentication?.(issuer) ?? believing(jwtOf(issuer, options.jwt));
  const { dialer = issuer.dialer } = options;
  const api = stack.use(await startTestServer({ dialer, shared: { clock, store }, authentication }));
  const owned = stack.move();
  const whoIs = (token: string) => whoAmI(api, token);
  return {
    issuer,
    api,
    clock,
    whoIs,
    review: (token, audiences = []) => reviewOf(api, token, audiences),
    async believes(token) {
      for (;;) {
        const user = await whoIs(token);
        if (typeof user !== "number") return user;
        await settle();
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function whoAmI(api: TestServer, token: string): Promise<UserInfo | number> {
  const headers = { authorization: `Bearer ${token}` };
  const url = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const { status, text } = await api.send({ method: "POST", url, user: null, headers, body: {} });
  return status === 201 ? (JSON.parse(text) as { status: { userInfo: UserInfo } }).status.userInfo : status;
}

async function reviewOf(api: TestServer, token: string, audiences: readonly string[]) {
  const url = "/apis/authentication.k8s.io/v1/tokenreviews";
  const { text } = await api.send({ method: "POST", url, body: { spec: { token, audiences } } });
  return (JSON.parse(text) as { status: { readonly [field: string]: unknown } }).status;
}
