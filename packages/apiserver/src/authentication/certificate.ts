import { newUnauthorized, type ApiRequest, type PeerCertificate, type UserInfo } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { Authenticator } from "./authenticator.ts";
import { AUTHENTICATED_GROUP } from "./token/authenticated-groups.ts";

/** The subject of a verified client certificate: CN is the user, each O a group. Upstream: apiserver/pkg/authentication/request/x509/x509.go */
export class CertificateAuthenticator implements Authenticator {
  readonly #clock: Clock;
  /** A certificate comes with every request of its connection. */
  readonly #users = new WeakMap<PeerCertificate, UserInfo>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  authenticate(request: ApiRequest): UserInfo | undefined {
    const { certificate } = request.peer;
    if (!certificate) return undefined;
    if (certificate.rejected !== undefined) throw newUnauthorized();
    if (certificate.commonName === "") return undefined;
    // A connection outlives its certificate; a request on it must not.
    if (certificate.notAfterMs < this.#clock.now()) throw newUnauthorized();
    const known = this.#users.get(certificate);
    if (known) return known;
    const user = userOf(certificate);
    this.#users.set(certificate, user);
    return user;
  }
}

function userOf({ commonName, organizations, uid, fingerprint256 }: PeerCertificate): UserInfo {
  return {
    name: commonName,
    groups: [...organizations, AUTHENTICATED_GROUP],
    ...(uid === undefined ? {} : { uid }),
    extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${fingerprint256}`] },
  };
}
