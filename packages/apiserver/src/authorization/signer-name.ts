import { CertificateSigningRequest } from "@dingi/api";
import type { UserInfo } from "@dingi/apimachinery";
import type { Authorizer } from "./authorizer.ts";

/** Whether somebody may approve, sign or attest for a signer, by its name or by its domain. Upstream: pkg/certauthorization/certauthorization.go */
export async function maySignFor(
  authorizer: Authorizer,
  user: UserInfo,
  { verb, signerName }: { readonly verb: "approve" | "sign" | "attest"; readonly signerName: string },
): Promise<boolean> {
  const domain = signerName.split("/")[0]!;
  for (const name of [signerName, `${domain}/*`]) {
    const { decision } = await authorizer.authorize({
      user,
      verb,
      isResource: true,
      path: "",
      group: CertificateSigningRequest.group,
      version: "*",
      resource: "signers",
      subresource: "",
      namespace: "",
      name,
    });
    if (decision === "allow") return true;
  }
  return false;
}
