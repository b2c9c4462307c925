import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildKubeconfig, loadCertificateAuthority, writePrivateFile, type KeyPair } from "@dingi/component-base";
import { systemClock, systemRandom } from "@dingi/base";

const LIFE_MS = 30 * 24 * 3_600_000;
const BACKDATE_MS = 5 * 60_000;

export interface Identity {
  /** Of the files. */
  readonly name: string;
  /** "system:kube-scheduler" */
  readonly user: string;
  readonly groups?: readonly string[];
  /** For those that serve, too. */
  readonly address?: string;
  /** Other names of those that serve. */
  readonly dnsNames?: readonly string[];
}

/** A cluster's authority with what it signs: files in one directory, named as kubeadm names them. */
export class Credentials {
  readonly directory: string;

  /** The directory has ca.crt and ca.key. */
  constructor(directory: string) {
    this.directory = directory;
  }

  path(file: string): string {
    return join(this.directory, file);
  }

  async issue({ name, user, groups = [], address, dnsNames = [] }: Identity): Promise<KeyPair> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const authority = await loadCertificateAuthority(await this.#ca(), systemRandom);
    const now = systemClock.now();
    const pair = authority.issue({
      subject: { commonName: user, organizations: groups },
      usages: ["digital signature", "key encipherment", "client auth", ...(address ? ["server auth"] : [])],
      ...(address ? { ipAddresses: [address] } : {}),
      dnsNames,
      notBefore: now - BACKDATE_MS,
      notAfter: now + LIFE_MS,
    });
    await writePrivateFile(this.path(`${name}.key`), pair.keyPem);
    await writePrivateFile(this.path(`${name}.crt`), pair.certificatePem);
    return pair;
  }

  /** The kubeconfig of a new identity; returns its path. */
  async kubeconfig(identity: Identity, server: string): Promise<string> {
    const credentials = await this.issue(identity);
    const { certificatePem: certificateAuthorityPem } = await this.#ca();
    const path = this.path(`${identity.name}.kubeconfig`);
    await writeFile(path, buildKubeconfig({ name: "judged", server, certificateAuthorityPem, credentials }), {
      mode: 0o600,
    });
    return path;
  }

  async #ca(): Promise<KeyPair> {
    const read = (file: string) => readFile(this.path(file), "utf8");
    return { certificatePem: await read("ca.crt"), keyPem: await read("ca.key") };
  }
}
