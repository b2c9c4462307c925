/** Plugins that would change objects or refuse them. */
const DISABLED = [
  "ServiceAccount",
  "Priority",
  "DefaultTolerationSeconds",
  "TaintNodesByCondition",
  "LimitRanger",
  "PodTopologyLabels",
  "CertificateApproval",
  "CertificateSigning",
  "DefaultStorageClass",
  "StorageObjectInUseProtection",
  "PersistentVolumeClaimResize",
  "DefaultIngressClass",
  "ClusterTrustBundleAttest",
];

/** Flags with which strategy and validation alone answer; flow control would write into the status of its schemas. */
export const ADMISSION: readonly string[] = [
  `--disable-admission-plugins=${DISABLED.join(",")}`,
  "--enable-priority-and-fairness=false",
];
