import { ClusterTrustBundle } from "@dingi/api";
import type { Authorizer } from "../../../authorization/authorizer.ts";
import { maySignFor } from "../../../authorization/signer-name.ts";
import { changesOnlyGcFields } from "../../../registry/gc-fields.ts";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import { refusalOf } from "../../refusal.ts";
import type { AdmissionPlugin } from "../../chain.ts";

/** Who writes a signer's bundle may attest for the signer. Upstream: plugin/pkg/admission/certificates/ctbattest/admission.go */
export class ClusterTrustBundleAttest implements AdmissionPlugin {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (!isWriteOf(attributes, ClusterTrustBundle)) return;
    const { object: bundle, oldObject: old, user } = attributes;
    // The new name of the signer may be asked for: one that is changed has been refused.
    const { signerName = "" } = bundle.spec;
    if (signerName === "" || (old && changesOnlyGcFields(bundle, old))) return;
    if (await maySignFor(this.#authorizer, user, { verb: "attest", signerName })) return;
    throw refusalOf(attributes, `user not permitted to attest for signerName ${JSON.stringify(signerName)}`);
  }
}
