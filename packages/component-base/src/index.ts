export {
  HealthChecks,
  type HealthCheck,
  type HealthEndpoint,
  type HealthQuery,
  type HealthResponse,
} from "./health/health-checks.ts";
export {
  kubeconfigPaths,
  kubeconfigPathToWrite,
  mergeIntoKubeconfig,
  removeFromKubeconfig,
  type KubeconfigFileOptions,
  type Owner,
} from "./kubeconfig/kubeconfig-file.ts";
export { buildKubeconfig, parseKubeconfig, type Kubeconfig, type KubeconfigEntry } from "./kubeconfig/kubeconfig.ts";
export { LogFile, type LogFileOptions } from "./log-file/log-file.ts";
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
export { openMetricsRegistry, type MetricsRegistryOptions } from "./metrics/open-metrics-registry.ts";
export type {
  AuthorityOptions,
  CertificateAuthority,
  IssueOptions,
  SignOptions,
  ValidityPeriod,
} from "./pki/certificate-authority.ts";
export type { CertificateRequest, RequestOptions } from "./pki/certificate-request.ts";
export { apiserverNames, ensureClusterPki, type ClusterPki, type ClusterPkiOptions } from "./pki/cluster-pki.ts";
export type { Subject } from "./pki/distinguished-name.ts";
export {
  describeCertificate,
  generateKeys,
  publicPemOf,
  type CertificateInfo,
  type KeyPair,
  type SigningKeys,
} from "./pki/key-pair.ts";
export { readFileIfAny, writePrivateFile } from "./pki/private-file.ts";
export type { AlternativeNames } from "./pki/subject-alternative-name.ts";
export { loadCertificateAuthority, parseCertificateRequest } from "./pki/x509.ts";
export {
  DINGI_VERSION,
  GIT_VERSION,
  KUBERNETES_VERSION,
  platform,
  versionInfo,
  type Build,
  type VersionInfo,
} from "./version/version.ts";
export { createCertificateAuthority, createCertificateRequest } from "./pki/testing/certificates.ts";
