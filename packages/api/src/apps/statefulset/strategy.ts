import { adopt, path, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { claimSpecWarnings } from "../../core/persistentvolumeclaim/warnings.ts";
import { dropDisabledFields } from "../../core/pod/disabled-fields.ts";
import { podTemplateWarnings } from "../../core/pod/warnings/warnings.ts";
import { validateStatefulSetStatus } from "./status-validation.ts";
import type { V1StatefulSet, V1StatefulSetSpec } from "./statefulset.gen.ts";
import { validateStatefulSet, validateStatefulSetUpdate } from "./validation.ts";

const TEMPLATE = path("spec", "template");
const CLAIMS = path("spec", "volumeClaimTemplates");

/** Upstream: pkg/registry/apps/statefulset/strategy.go */
export const strategy: Strategy<V1StatefulSet> = {
  nameFormat: "label",
  resetFields: [["status"]],
  prepareForCreate(statefulSet) {
    statefulSet.status = { replicas: 0, availableReplicas: 0 };
    statefulSet.metadata.generation = 1;
    if (statefulSet.spec.template.spec) dropDisabledFields(statefulSet.spec.template.spec);
  },
  prepareForUpdate(statefulSet, old) {
    const { metadata, spec } = statefulSet;
    statefulSet.status = adopt(old.status);
    if (spec.template.spec) dropDisabledFields(spec.template.spec, old.spec.template.spec);
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (statefulSet) => validateStatefulSet(statefulSet),
  validateUpdate: validateStatefulSetUpdate,
  warningsOnCreate: ({ spec }) => [
    ...podTemplateWarnings(spec.template, TEMPLATE),
    ...(spec.volumeClaimTemplates ?? []).flatMap((claim, i) => claimSpecWarnings(claim.spec, CLAIMS.index(i))),
    ...historyWarnings(spec),
  ],
  warningsOnUpdate: ({ metadata, spec }, old) => [
    ...(metadata.generation === old.metadata.generation ? [] : podTemplateWarnings(spec.template, TEMPLATE)),
    // Here upstream names the field as Go does.
    ...(spec.volumeClaimTemplates ?? []).flatMap((claim, i) =>
      claimSpecWarnings(claim.spec, CLAIMS.index(i).child("Spec")),
    ),
    ...historyWarnings(spec),
  ],
};

function historyWarnings({ revisionHistoryLimit = 0 }: V1StatefulSetSpec): string[] {
  if (revisionHistoryLimit >= 0) return [];
  return ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"];
}

export const statusStrategy: UpdateStrategy<V1StatefulSet> = {
  resetFields: [["spec"]],
  prepareForUpdate(statefulSet, old) {
    statefulSet.spec = adopt(old.spec);
  },
  validateUpdate: validateStatefulSetStatus,
};
