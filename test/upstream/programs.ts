import type { NeedName } from "./needs.ts";
import { CONTAINERD, COREDNS, ETCD, HELM, KUBERNETES, RUNC } from "./versions.ts";

/** How a program is built from its Go modules. */
export interface Recipe {
  /** A folder of the cache; recipes of one workspace share its go.mod. */
  readonly workspace: string;
  /** The workspace's requirements; "kubernetes" is the wrapper of the main module and its staging repositories. */
  readonly modules: "kubernetes" | Readonly<Record<string, string>>;
  readonly package: string;
  readonly cgo?: boolean;
  /** Besides Go, and a C compiler for cgo. */
  readonly needs?: readonly NeedName[];
  readonly tags?: string;
  readonly ldflags?: string;
  /** A test binary: "go test -c". */
  readonly isTest?: boolean;
  /** Go source of the package, for a program that its module does not publish as one. */
  readonly source?: string;
}

const component = "k8s.io/component-base/version";
const [, minor] = KUBERNETES.split(".");
/** Stamped as a release is. */
const STAMP = [
  `-X ${component}.gitVersion=${KUBERNETES}`,
  `-X ${component}.gitMajor=1`,
  `-X ${component}.gitMinor=${minor}`,
  `-X ${component}.gitTreeState=clean`,
  `-X ${component}.buildDate=2026-01-01T00:00:00Z`,
  `-X k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES}`,
].join(" ");

const kubernetes = (path: string, more: Partial<Recipe> = {}): Recipe => ({
  workspace: "k8s",
  modules: "kubernetes",
  package: path,
  ldflags: STAMP,
  ...more,
});

const etcd = (path: string, source?: string): Recipe => ({
  workspace: `etcd-${ETCD}`,
  modules: {
    "go.etcd.io/etcd/server/v3": ETCD,
    "go.etcd.io/etcd/etcdctl/v3": ETCD,
    "go.etcd.io/etcd/etcdutl/v3": ETCD,
  },
  package: path,
  ...(source === undefined ? {} : { source }),
});

const ETCD_MAIN = `package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
`;

const containerdModule = "github.com/containerd/containerd/v2";
const containerd = (program: string): Recipe => ({
  workspace: `containerd-${CONTAINERD}`,
  modules: { [containerdModule]: CONTAINERD },
  package: `${containerdModule}/cmd/${program}`,
  tags: "no_btrfs no_devmapper no_zfs",
  ldflags: `-X ${containerdModule}/version.Version=${CONTAINERD}`,
});

/** In the order in which they are most wanted. */
export const PROGRAMS: Readonly<Record<string, Recipe>> = {
  kubectl: kubernetes("k8s.io/kubernetes/cmd/kubectl"),
  etcd: etcd("./main", ETCD_MAIN),
  etcdctl: etcd("go.etcd.io/etcd/etcdctl/v3"),
  "kube-apiserver": kubernetes("k8s.io/kubernetes/cmd/kube-apiserver"),
  "kube-scheduler": kubernetes("k8s.io/kubernetes/cmd/kube-scheduler"),
  "kube-controller-manager": kubernetes("k8s.io/kubernetes/cmd/kube-controller-manager"),
  ginkgo: kubernetes("github.com/onsi/ginkgo/v2/ginkgo", { ldflags: "", cgo: true }),
  "e2e.test": kubernetes("k8s.io/kubernetes/test/e2e", { isTest: true, cgo: true }),
  agnhost: kubernetes("k8s.io/kubernetes/test/images/agnhost"),
  "sample-apiserver": kubernetes("k8s.io/sample-apiserver"),
  kubelet: kubernetes("k8s.io/kubernetes/cmd/kubelet"),
  "kube-proxy": kubernetes("k8s.io/kubernetes/cmd/kube-proxy"),
  helm: {
    workspace: `helm-${HELM}`,
    modules: { "helm.sh/helm/v4": HELM },
    package: "helm.sh/helm/v4/cmd/helm",
    cgo: true,
  },
  coredns: {
    workspace: `coredns-${COREDNS}`,
    modules: { "github.com/coredns/coredns": COREDNS },
    package: "github.com/coredns/coredns",
  },
  containerd: containerd("containerd"),
  ctr: containerd("ctr"),
  "containerd-shim-runc-v2": containerd("containerd-shim-runc-v2"),
  runc: {
    workspace: `runc-${RUNC}`,
    modules: { "github.com/opencontainers/runc": RUNC },
    package: "github.com/opencontainers/runc",
    cgo: true,
    needs: ["pkg-config", "libseccomp"],
    tags: "seccomp",
    ldflags: `-X main.version=${RUNC.slice(1)}`,
  },
};
