import { upstreamProgram } from "../versions.ts";
import type { Credentials } from "./credentials.ts";

export interface ControlPlaneFacts {
  /** The API server's address. */
  readonly address: string;
  readonly pods: string;
  readonly services: string;
  readonly credentials: Credentials;
  readonly etcdData: string;
  /** Where another than the usual ports are to be used, as beside other clusters. */
  readonly ports?: { readonly api: number; readonly etcd: number };
}

export const API_PORT = 6443;
const ISSUER = "https://kubernetes.default.svc.cluster.local";

const PORTS = { api: API_PORT, etcd: 2379 };

export function etcdArgv({ etcdData, ports = PORTS }: ControlPlaneFacts): readonly string[] {
  const url = `http://127.0.0.1:${ports.etcd}`;
  const peers = `http://127.0.0.1:${ports.etcd + 1}`;
  const limits = ["--quota-backend-bytes", "8589934592", "--log-level", "warn"];
  return [
    upstreamProgram("etcd"),
    "--data-dir",
    etcdData,
    "--listen-client-urls",
    url,
    "--advertise-client-urls",
    url,
    "--listen-peer-urls",
    peers,
    "--initial-advertise-peer-urls",
    peers,
    "--initial-cluster",
    `default=${peers}`,
    ...limits,
  ];
}

export function apiServerArgv({ address, services, credentials, ports = PORTS }: ControlPlaneFacts): readonly string[] {
  const file = (name: string) => credentials.path(name);
  return [
    upstreamProgram("kube-apiserver"),
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    `--secure-port=${ports.api}`,
    "--bind-address=0.0.0.0",
    `--advertise-address=${address}`,
    `--tls-cert-file=${file("apiserver.crt")}`,
    `--tls-private-key-file=${file("apiserver.key")}`,
    `--client-ca-file=${file("ca.crt")}`,
    `--service-account-key-file=${file("sa.pub")}`,
    `--service-account-signing-key-file=${file("sa.key")}`,
    `--service-account-issuer=${ISSUER}`,
    `--service-cluster-ip-range=${services}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--enable-bootstrap-token-auth",
    "--allow-privileged=true",
    // There is no proxy beside it: it reaches pods by their addresses.
    "--enable-aggregator-routing=true",
    "--kubelet-preferred-address-types=InternalIP",
    `--kubelet-client-certificate=${file("kubelet-client.crt")}`,
    `--kubelet-client-key=${file("kubelet-client.key")}`,
    "--requestheader-allowed-names=front-proxy-client",
    `--requestheader-client-ca-file=${file("front-proxy-ca.crt")}`,
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--proxy-client-cert-file=${file("front-proxy-client.crt")}`,
    `--proxy-client-key-file=${file("front-proxy-client.key")}`,
  ];
}

/**
 * For what is measured: clients limit themselves to some 20 or 50 requests a second by default, and then that number is what
 * is measured.
 */
export const UNLIMITED = ["--kube-api-qps=1000000", "--kube-api-burst=1000000"];

/** Its server is switched off: nothing here asks it. */
export function schedulerArgv(kubeconfig: string): readonly string[] {
  return [upstreamProgram("kube-scheduler"), `--kubeconfig=${kubeconfig}`, "--leader-elect=false", "--secure-port=0"];
}

export function controllerManagerArgv(
  kubeconfig: string,
  { pods, services, credentials }: Pick<ControlPlaneFacts, "pods" | "services" | "credentials">,
): readonly string[] {
  const file = (name: string) => credentials.path(name);
  return [
    upstreamProgram("kube-controller-manager"),
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--use-service-account-credentials",
    `--service-account-private-key-file=${file("sa.key")}`,
    `--root-ca-file=${file("ca.crt")}`,
    `--cluster-signing-cert-file=${file("ca.crt")}`,
    `--cluster-signing-key-file=${file("ca.key")}`,
    "--allocate-node-cidrs=true",
    `--cluster-cidr=${pods}`,
    `--service-cluster-ip-range=${services}`,
  ];
}
