/** What of an API server answers strategy and validation alone: these plugins would change objects or refuse them. */
export const ADMISSION =
  "--disable-admission-plugins=ServiceAccount,Priority,DefaultTolerationSeconds,TaintNodesByCondition,LimitRanger,PodTopologyLabels,CertificateApproval,CertificateSigning";
