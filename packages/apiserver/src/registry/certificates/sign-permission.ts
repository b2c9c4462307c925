import type { V1PodCertificateRequest } from "@dingi/api";
import {
  forbidden,
  newInvalid,
  path,
  semanticEqual,
  type StorageHooks,
  type StrategyContext,
} from "@dingi/apimachinery";
import type { Authorizer } from "../../authorization/authorizer.ts";
import { maySignFor } from "../../authorization/signer-name.ts";

const KIND = { group: "certificates.k8s.io", kind: "PodCertificateRequest" };
const SIGNER = path("spec", "signerName");

/** Who says what became of a request may sign for its signer. Upstream: pkg/registry/certificates/podcertificaterequest/strategy.go#StatusStrategy */
export class SignPermission implements StorageHooks<V1PodCertificateRequest> {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  async confirmUpdate(
    request: V1PodCertificateRequest,
    old: V1PodCertificateRequest,
    { user }: StrategyContext,
  ): Promise<void> {
    if (semanticEqual(request.status, old.status)) return;
    const { signerName } = old.spec;
    if (await maySignFor(this.#authorizer, user, { verb: "sign", signerName })) return;
    const [who, signer] = [JSON.stringify(user.name), JSON.stringify(signerName)];
    const error = forbidden(SIGNER, `User ${who} is not permitted to "sign" for signer ${signer}`);
    throw newInvalid(KIND, old.metadata.name ?? "", [error]);
  }
}
