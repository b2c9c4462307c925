import { FILLING_BYTES, short } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const certificateSigningRequest: HostileKind = {
  url: "/apis/certificates.k8s.io/v1/certificatesigningrequests",
  base: {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    spec: { request: "", signerName: "a.b/c", usages: ["client auth"] },
  },
  fields: {
    usages: (filling) => ({ spec: { request: "", signerName: "a.b/c", usages: filling.items((i) => short(i)) } }),
    "a long request": () => ({ spec: { request: "AAAA".repeat(FILLING_BYTES / 4), signerName: "a.b/c", usages: [] } }),
    "a request of dashes": () => ({
      spec: { request: Buffer.from("-----BEGIN ".repeat(FILLING_BYTES / 16)).toString("base64"), signerName: "a.b/c" },
    }),
    "long signer": () => ({ spec: { request: "", signerName: "a.".repeat(FILLING_BYTES / 2), usages: [] } }),
    conditions: (filling) => ({ status: { conditions: filling.items((i) => ({ type: short(i) })) } }),
  },
};
