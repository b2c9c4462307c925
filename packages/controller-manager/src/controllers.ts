import type { Clock } from "@dingi/base";
import { ALL_CONTROLLERS, parseControllers, type KeyPair } from "@dingi/component-base";
import type { ControllerDefinition } from "@dingi/controller-runtime";
import { bootstrapSigner } from "./bootstraptoken/bootstrap-signer.ts";
import { tokenCleaner } from "./bootstraptoken/token-cleaner.ts";
import { csrCleanerController } from "./certificates/csr-cleaner.ts";
import { csrApprovingController, csrSigningController } from "./certificates/csr-controllers.ts";
import { podCertificateRequestCleaner } from "./certificates/podcertificaterequest-cleaner.ts";
import { clusterRoleAggregationController } from "./clusterroleaggregation/clusterrole-aggregation-controller.ts";
import { clusterTrustBundlePublisher } from "./clustertrustbundlepublisher/cluster-trust-bundle-publisher.ts";
import { cronJobController } from "./cronjob/cronjob-controller.ts";
import { daemonSetController } from "./daemonset/daemonset-controller.ts";
import { deploymentController } from "./deployment/deployment-controller.ts";
import { disruptionController } from "./disruption/disruption-controller.ts";
import { staleDisruptionsController } from "./disruption/stale-disruptions.ts";
import { endpointsController } from "./endpointslice/endpoints-controller.ts";
import { endpointSliceController } from "./endpointslice/endpointslice-controller.ts";
import { endpointSliceMirroringController } from "./endpointslicemirroring/endpointslice-mirroring-controller.ts";
import { garbageCollector } from "./garbagecollector/garbage-collector.ts";
import { jobController } from "./job/job-controller.ts";
import { orphanedJobPodsController } from "./job/orphaned-job-pods.ts";
import { namespaceController } from "./namespace/namespace-controller.ts";
import { nodeLifecycleController, type NodeLifecycleOptions } from "./nodelifecycle/node-lifecycle-controller.ts";
import { horizontalPodAutoscalerController } from "./podautoscaler/horizontal-pod-autoscaler-controller.ts";
import { persistentVolumeBinder } from "./persistentvolume/persistentvolume-binder.ts";
import { podGarbageCollector } from "./podgc/pod-garbage-collector.ts";
import { terminatedPodsCollector, type TerminatedPodsOptions } from "./podgc/terminated-pods.ts";
import { unscheduledPodsCollector } from "./podgc/unscheduled-pods.ts";
import { ephemeralVolumeController } from "./ephemeralvolume/ephemeral-volume-controller.ts";
import { pvProtectionController } from "./protection/pv-protection-controller.ts";
import { pvcProtectionController } from "./protection/pvc-protection-controller.ts";
import { vacProtectionController } from "./protection/vac-protection-controller.ts";
import { replicaSetController } from "./replicaset/replicaset-controller.ts";
import { replicationController } from "./replicationcontroller/replication-controller.ts";
import { resourceQuotaController } from "./resourcequota/resourcequota-controller.ts";
import { rootCaCertPublisher } from "./rootcacertpublisher/root-ca-cert-publisher.ts";
import { serviceAccountController } from "./serviceaccount/serviceaccount-controller.ts";
import { serviceCidrController } from "./servicecidrs/service-cidr-controller.ts";
import { serviceAccountTokenController } from "./serviceaccounttoken/service-account-token-controller.ts";
import { statefulSetController } from "./statefulset/statefulset-controller.ts";
import { ttlController } from "./ttl/ttl-controller.ts";
import { validatingAdmissionPolicyStatusController } from "./validatingadmissionpolicystatus/validating-admission-policy-status-controller.ts";
import { ttlAfterFinishedController } from "./ttlafterfinished/ttl-after-finished-controller.ts";

/** Upstream: pkg/controller/podgc/config/v1alpha1/defaults.go */
const TERMINATED_PODS = 12_500;

interface ControllersOptions {
  readonly clock: Clock;
  /** Signs certificate requests. */
  readonly ca: KeyPair;
  /** What pods verify the API server with. PEM. */
  readonly rootCa: string;
  readonly serviceAccountKey: string;
  readonly nodeLifecycle: NodeLifecycleOptions;
  /** As upstream's flag --controllers has it: "*,-namespace-controller"; all that are not off by default when absent. */
  readonly controllers?: string;
  /** With upstream's threshold when absent. */
  readonly terminatedPods?: TerminatedPodsOptions;
}

/** The controllers of the controller manager. */
export function controllers(options: ControllersOptions): readonly ControllerDefinition[] {
  const { has } = parseControllers(options.controllers ?? ALL_CONTROLLERS);
  return allControllers(options).filter(({ name }) => has(name));
}

function allControllers(options: ControllersOptions): readonly ControllerDefinition[] {
  const { clock, ca, rootCa, serviceAccountKey, nodeLifecycle, terminatedPods } = options;
  return [
    namespaceController,
    serviceAccountController,
    rootCaCertPublisher(rootCa),
    serviceAccountTokenController({ privateKey: serviceAccountKey, rootCa }),
    deploymentController,
    replicaSetController(clock),
    replicationController(clock),
    statefulSetController,
    daemonSetController(clock),
    jobController(),
    orphanedJobPodsController,
    cronJobController,
    horizontalPodAutoscalerController(),
    disruptionController,
    staleDisruptionsController,
    ttlAfterFinishedController,
    endpointSliceController,
    endpointsController,
    endpointSliceMirroringController,
    garbageCollector(),
    resourceQuotaController(),
    nodeLifecycleController(nodeLifecycle),
    ttlController(),
    podGarbageCollector(),
    terminatedPodsCollector(terminatedPods ?? { threshold: TERMINATED_PODS }),
    unscheduledPodsCollector,
    csrApprovingController,
    csrSigningController(ca),
    csrCleanerController,
    podCertificateRequestCleaner,
    clusterTrustBundlePublisher(rootCa),
    tokenCleaner,
    bootstrapSigner,
    clusterRoleAggregationController,
    validatingAdmissionPolicyStatusController,
    serviceCidrController,
    persistentVolumeBinder,
    pvProtectionController,
    pvcProtectionController,
    vacProtectionController,
    ephemeralVolumeController,
  ];
}
