import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dialer } from "@dingi/apimachinery";
import { createApiServer, HttpServer, type RunningApiServer } from "@dingi/apiserver";
import { silentLogger, systemClock, systemRandom } from "@dingi/base";
import {
  buildKubeconfig,
  createCertificateAuthority,
  dialTcp,
  generateKeys,
  HealthChecks,
  versionInfo,
} from "@dingi/component-base";
import { openMemoryStore } from "@dingi/store";

const LOOPBACK = "127.0.0.1";
const DAY_MS = 86_400_000;

/** Where a server of another program is found, behind which address inside of the cluster. */
interface Backend {
  readonly address: string;
  readonly port: number;
  /** Of its certificate. */
  readonly dnsName: string;
}

export interface CoreServer extends AsyncDisposable {
  readonly api: RunningApiServer;
  readonly kubeconfig: string;
  /** Of the backend: files in PEM, and the authority in base64. */
  readonly backend: { readonly certFile: string; readonly keyFile: string; readonly caBundle: string };
  readonly home: string;
}

/** Our API server on loopback, without nodes; what is dialled at the backend's address is on loopback, too. */
export async function startCoreServer({ address, port, dnsName }: Backend): Promise<CoreServer> {
  await using stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "dingi-aggregation-"));
  stack.defer(() => rm(home, { recursive: true }));
  const clock = systemClock;
  const { ca, frontProxyCa, server, admin, frontProxy, backend } = await certificates(dnsName);
  const dialer: Dialer = {
    async dial(target, signal) {
      if (!("host" in target) || target.host !== address) throw new Error("There is nothing at this address");
      return await dialTcp(LOOPBACK, port, signal);
    },
  };
  const api = stack.use(
    await createApiServer({
      store: stack.use(openMemoryStore({ clock })),
      clock,
      random: systemRandom,
      logger: silentLogger,
      version: versionInfo(),
      health: new HealthChecks({ logger: silentLogger }),
      serviceAccountKey: generateKeys().privatePem,
      serviceAccountIssuer: "https://kubernetes.default.svc",
      clientCa: ca.certificatePem,
      requestHeaderCa: frontProxyCa.certificatePem,
      frontProxyClient: () => ({ cert: frontProxy.certificatePem, key: frontProxy.keyPem }),
      serviceCidrs: ["10.96.0.0/16"],
      nodePorts: { from: 30000, to: 32767 },
      advertise: { address: "192.0.2.1", port: 6443 },
      tolerations: { notReadySeconds: 300, unreachableSeconds: 300 },
      maxInFlight: { reading: 0, mutating: 0 },
      dialer,
      kubeletClient: () => ({ cert: admin.certificatePem, key: admin.keyPem }),
      kubeletCa: ca.certificatePem,
      onFailure: (error) => {
        throw error;
      },
    }),
  );
  const http = stack.use(
    new HttpServer({
      handler: api.handler,
      cert: server.certificatePem,
      key: server.keyPem,
      clientCa: ca.certificatePem,
      logger: silentLogger,
    }),
  );
  const listening = await http.listen({ host: LOOPBACK, port: 0 });
  const files = { kubeconfig: join(home, "config"), certFile: join(home, "tls.crt"), keyFile: join(home, "tls.key") };
  const config = buildKubeconfig({
    name: "core",
    server: `https://${LOOPBACK}:${listening.port}`,
    certificateAuthorityPem: ca.certificatePem,
    credentials: admin,
  });
  await writeFile(files.kubeconfig, config, { mode: 0o600 });
  await writeFile(files.certFile, backend.certificatePem);
  await writeFile(files.keyFile, backend.keyPem, { mode: 0o600 });
  const owned = stack.move();
  const caBundle = Buffer.from(ca.certificatePem).toString("base64");
  return {
    api,
    home,
    kubeconfig: files.kubeconfig,
    backend: { certFile: files.certFile, keyFile: files.keyFile, caBundle },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** @param dnsName The backend's. */
async function certificates(dnsName: string) {
  const validity = { notBefore: systemClock.now() - DAY_MS, notAfter: systemClock.now() + DAY_MS };
  const authority = (commonName: string) =>
    createCertificateAuthority({ commonName, random: systemRandom, ...validity });
  const [ca, frontProxyCa] = [await authority("kubernetes"), await authority("front-proxy-ca")];
  const server = ca.issue({
    subject: { commonName: "kube-apiserver" },
    usages: ["server auth"],
    ipAddresses: [LOOPBACK],
    ...validity,
  });
  const admin = ca.issue({
    subject: { commonName: "admin", organizations: ["system:masters"] },
    usages: ["client auth"],
    ...validity,
  });
  const frontProxy = frontProxyCa.issue({
    subject: { commonName: "front-proxy-client" },
    usages: ["client auth"],
    ...validity,
  });
  const backend = ca.issue({
    subject: { commonName: "backend" },
    usages: ["server auth"],
    dnsNames: [dnsName],
    ...validity,
  });
  return { ca, frontProxyCa, server, admin, frontProxy, backend };
}
