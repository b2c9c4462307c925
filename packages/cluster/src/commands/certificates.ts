import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@dingi/base";
import { describeCertificate, isIssuedBy, readFileIfAny, type AuthorityPhase } from "@dingi/component-base";
import type { ClusterConfig } from "../config/cluster-config.ts";
import type { ClusterPaths } from "../config/paths.ts";
import { callSupervisor } from "../supervisor/control-socket.ts";
import { adminClient } from "./admin-client.ts";
import { nameOption, openCluster } from "./context.ts";
import { writeKubeconfigs } from "./kubeconfig.ts";
import { untilApiAnswers } from "./wait-for-cluster.ts";

const DAY_MS = 24 * 3_600_000;

const AUTHORITY = /^(?:front-proxy-)?ca(?:-next|-previous)?$/;

interface ListedCertificate {
  /** "apiserver", "nodes/NODE/kubelet" */
  readonly name: string;
  readonly pem: string;
  readonly notAfterMs: number;
}

/** All that lie in a cluster's files, those of its nodes among them, by name. */
export async function certificatesOf({ pki }: ClusterPaths): Promise<readonly ListedCertificate[]> {
  const files = await readdir(pki, { recursive: true }).catch(() => []);
  const names = files.flatMap((file) => (file.endsWith(".crt") ? [file.slice(0, -".crt".length)] : [])).sort();
  const listed = await Promise.all(names.map((name) => certificateIn(pki, name)));
  return listed.filter((one) => one !== undefined);
}

async function certificateIn(pki: string, name: string): Promise<ListedCertificate | undefined> {
  const pem = await readFileIfAny(join(pki, `${name}.crt`));
  return pem === undefined ? undefined : { name, pem, notAfterMs: describeCertificate(pem).notAfter };
}

/** Upstream: kubeadm certs check-expiration */
export async function listCertificates(name: string): Promise<void> {
  const { paths } = await openCluster(name);
  const now = systemClock.now();
  const certificates = await certificatesOf(paths);
  const width = Math.max(...certificates.map((one) => one.name.length), "CERTIFICATE".length);
  const row = (...[first = "", ...cells]: readonly string[]) =>
    `${first.padEnd(width)}  ${cells.map((cell) => cell.padEnd(10)).join("  ")}`.trimEnd();
  const authorities = certificates.filter((one) => AUTHORITY.test(one.name));
  const rows = certificates.map(({ name: file, notAfterMs, pem }) => {
    const days = Math.floor((notAfterMs - now) / DAY_MS);
    const signer = authorities.find((authority) => isIssuedBy(pem, authority.pem))?.name ?? "nobody that is trusted";
    return row(file, new Date(notAfterMs).toISOString().slice(0, 10), days < 0 ? "expired" : `${days} d`, signer);
  });
  process.stdout.write(`${[row("CERTIFICATE", "EXPIRES", "LEFT", "SIGNED BY"), ...rows].join("\n")}\n`);
}

/** What is open stays open: nobody notices. */
export async function renewCertificates(name: string): Promise<void> {
  const { paths, config } = await openCluster(name);
  await askSupervisor(paths, "POST /certificates");
  await writeKubeconfigs(paths, config);
  process.stdout.write(`All certificates of cluster "${name}" are new; those who had the kubeconfig take it again\n`);
}

/** What has been done when a step has led there, and what comes then. `again`: the command for that. */
const SAYINGS: Readonly<Record<AuthorityPhase, (again: string) => string>> = {
  "next is trusted": (again) =>
    `Another authority is trusted beside the old one, and signs nothing yet.
Restart pods that read the authority only when they start, and give kubeconfigs out again; then: ${again}`,
  "previous is trusted": (again) =>
    `The other authority signs; all certificates are new. What the old one has signed is still good.
Give kubeconfigs out again, and have certificates signed anew that came from CertificateSigningRequests; then: ${again}`,
  alone: () => "The old authority is forgotten: what it had signed is worth nothing any more.",
};

/** Of three steps; each leaves everything working that followed the one before. */
export async function rotateAuthorities(name: string): Promise<void> {
  const { paths, config } = await openCluster(name);
  const { phase } = await askSupervisor<{ phase: AuthorityPhase }>(paths, "POST /authorities");
  await writeKubeconfigs(paths, config);
  await untilServesAnew(paths, config);
  process.stdout.write(`${SAYINGS[phase](`dingi certs rotate-ca${nameOption(name)}`)}\n`);
}

async function untilServesAnew(paths: ClusterPaths, config: ClusterConfig): Promise<void> {
  await using client = await adminClient(paths, config);
  await untilApiAnswers(paths, client);
}

async function askSupervisor<T = unknown>(paths: ClusterPaths, call: string): Promise<T> {
  const answer = await callSupervisor<T>(paths.socket, call);
  if (answer === undefined)
    throw new Error(`Cluster "${paths.name}" does not run: start it with dingi up${nameOption(paths.name)}`);
  return answer;
}
