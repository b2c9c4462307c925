import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  loadCertificateAuthority,
  readFileIfAny,
  writePrivateFile,
  describeCertificate,
  type KeyPair,
} from "@dingi/component-base";
import { systemClock, systemRandom } from "@dingi/base";

const DAY_MS = 24 * 3_600_000;
const LIFE_MS = 365 * DAY_MS;
const RENEW_BEFORE_MS = 30 * DAY_MS;

interface NodePki {
  readonly kubeletClient: KeyPair;
  readonly kubeletServer: KeyPair;
  readonly proxyClient: KeyPair;
  readonly dnsClient: KeyPair;
  readonly localVolumesClient: KeyPair;
}

/** What a node shows itself with: made when missing, and anew before it expires. */
export async function ensureNodePki(
  directory: string,
  ca: KeyPair,
  node: { readonly name: string; readonly address: string },
): Promise<NodePki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const identity = { commonName: `system:node:${node.name}`, organizations: ["system:nodes"] };
  return {
    kubeletClient: await ensure(directory, "kubelet-client", ca, {
      subject: identity,
      usages: ["digital signature", "key encipherment", "client auth"],
    }),
    kubeletServer: await ensure(directory, "kubelet", ca, {
      subject: identity,
      usages: ["digital signature", "key encipherment", "server auth"],
      dnsNames: [node.name],
      ipAddresses: [node.address],
    }),
    proxyClient: await ensure(directory, "kube-proxy", ca, {
      subject: { commonName: "system:kube-proxy" },
      usages: ["digital signature", "key encipherment", "client auth"],
    }),
    dnsClient: await ensure(directory, "dns", ca, {
      subject: { commonName: "system:coredns" },
      usages: ["digital signature", "key encipherment", "client auth"],
    }),
    localVolumesClient: await ensure(directory, "local-volumes", ca, {
      subject: { commonName: `dingi:local-volumes:${node.name}`, organizations: ["dingi:local-volumes"] },
      usages: ["digital signature", "key encipherment", "client auth"],
    }),
  };
}

interface Wanted {
  readonly subject: { readonly commonName: string; readonly organizations?: readonly string[] };
  readonly usages: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

async function ensure(directory: string, name: string, ca: KeyPair, wanted: Wanted): Promise<KeyPair> {
  const files = { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
  const [certificatePem, keyPem] = await Promise.all([readFileIfAny(files.certificate), readFileIfAny(files.key)]);
  const now = systemClock.now();
  if (certificatePem && keyPem && describeCertificate(certificatePem).notAfter > now + RENEW_BEFORE_MS)
    return { certificatePem, keyPem };
  const authority = await loadCertificateAuthority(ca, systemRandom);
  const pair = authority.issue({ ...wanted, notBefore: now - 5 * 60_000, notAfter: now + LIFE_MS });
  await writePrivateFile(files.key, pair.keyPem);
  await writePrivateFile(files.certificate, pair.certificatePem);
  return pair;
}
