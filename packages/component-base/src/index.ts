export { HealthChecks, type HealthEndpoint } from "./health/health-checks.ts";
export {
  kubeconfigPaths,
  kubeconfigPathToWrite,
  mergeIntoKubeconfig,
  removeFromKubeconfig,
} from "./kubeconfig/kubeconfig-file.ts";
export { buildKubeconfig, parseKubeconfig, type Kubeconfig, type KubeconfigEntry } from "./kubeconfig/kubeconfig.ts";
export { LogFile } from "./log-file/log-file.ts";
export type {
  Counter,
  Gauge,
  GaugeOptions,
  Histogram,
  HistogramOptions,
  MetricOptions,
  MetricsRegistry,
} from "./metrics/metrics-registry.ts";
export type { CounterChild, CounterVec, HistogramChild, HistogramVec } from "./metrics/metric-vec.ts";
export { dialTcp } from "./net/dial-tcp.ts";
export { openMetricsRegistry } from "./metrics/open-metrics-registry.ts";
export type {
  AuthorityOptions,
  CertificateAuthority,
  IssueOptions,
  SignOptions,
  ValidityPeriod,
} from "./pki/certificate-authority.ts";
export type { CertificateRequest, RequestOptions } from "./pki/certificate-request.ts";
export { isIssuedBy } from "./pki/certificate-flaw.ts";
export { CertificateFiles, trustedOf, type AuthorityPhase } from "./pki/certificate-files.ts";
export { ensureClusterPki, rotateAuthorities, type ClusterPki, type ClusterPkiOptions } from "./pki/cluster-pki.ts";
export type { Subject } from "./pki/distinguished-name.ts";
export { describeCertificate, generateKeys, publicPemOf, type KeyPair, type SigningKeys } from "./pki/key-pair.ts";
export { readFileIfAny, writePrivateFile } from "./pki/private-file.ts";
export type { AlternativeNames } from "./pki/subject-alternative-name.ts";
export { loadCertificateAuthority, parseCertificateRequest } from "./pki/x509.ts";
export { DINGI_VERSION, GIT_VERSION, KUBERNETES_VERSION, versionInfo, type VersionInfo } from "./version/version.ts";
export { createCertificateAuthority, createCertificateRequest } from "./pki/testing/certificates.ts";
export { ALL_CONTROLLERS, parseControllers } from "./controllers/controller-names.ts";
