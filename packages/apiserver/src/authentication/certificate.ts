import { newUnauthorized, type ApiRequest, type UserInfo } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { Authenticator } from "./authenticator.ts";

export const AUTHENTICATED_GROUP = "system:authenticated";

/** The subject of a verified client certificate: CN is the user, each O a group. Upstream: apiserver/pkg/authentication/request/x509/x509.go */
export class CertificateAuthenticator implements Authenticator {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  authenticate(request: ApiRequest): UserInfo | undefined {
    const { certificate } = request.peer;
    if (!certificate || certificate.commonName === "") return undefined;
    // A connection outlives its certificate; a request on it must not.
    if (certificate.notAfterMs < this.#clock.now()) throw newUnauthorized();
    return {
      name: certificate.commonName,
      groups: [...certificate.organizations, AUTHENTICATED_GROUP],
      ...(certificate.uid === undefined ? {} : { uid: certificate.uid }),
      extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${certificate.fingerprint256}`] },
    };
  }
}
