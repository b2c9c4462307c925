import {
  invalid,
  path,
  required,
  type Draft,
  type FieldError,
  type FieldPath,
  type V1LabelSelector,
} from "@dingi/apimachinery";
import { selectorOf } from "../../apps/replicaset/selector.ts";
import type { V1Job } from "./job.gen.ts";

/** Labels by which a Job knows its Pods; those without a domain are older. */
const CONTROLLER_UID = ["controller-uid", "batch.kubernetes.io/controller-uid"] as const;
const JOB_NAME = ["job-name", "batch.kubernetes.io/job-name"] as const;

type Labels = Readonly<Record<string, string>>;

function generatedLabels({ metadata: { uid = "", name = "" } }: V1Job): Labels {
  const [[oldUid, newUid], [oldName, newName]] = [CONTROLLER_UID, JOB_NAME];
  return { [oldUid]: uid, [oldName]: name, [newUid]: uid, [newName]: name };
}

/** As upstream shows them, too. */
function sorted(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Adds what was not written, and contradicts nothing: validation will. Upstream:
 * pkg/registry/batch/job/strategy.go#generateSelector
 */
export function generateSelector(job: Draft<V1Job>): void {
  const { metadata, spec } = job;
  if (spec.manualSelector) return;
  const before = spec.template.metadata?.labels;
  const labels = sorted({ ...generatedLabels(job), ...before });
  if (before !== undefined && metadata.labels === before) metadata.labels = { ...labels };
  spec.template.metadata = { ...spec.template.metadata, labels };
  const [, uidLabel] = CONTROLLER_UID;
  const selector: Draft<V1LabelSelector> = (spec.selector ??= {});
  selector.matchLabels = sorted({ [uidLabel]: metadata.uid ?? "", ...selector.matchLabels });
}

/** Upstream: pkg/apis/batch/validation/validation.go#validateGeneratedSelector */
export function generatedSelectorErrors(job: V1Job): FieldError[] {
  const { spec, metadata } = job;
  if (spec.manualSelector || !spec.selector) return [];
  const expected = generatedLabels(job);
  const field = path("spec", "template", "metadata", "labels");
  const errors = metadata.uid ? [] : [required(path("metadata", "uid"))];
  errors.push(
    ...Object.entries(expected).flatMap(([key, value]) =>
      labelErrors(spec.template.metadata?.labels ?? {}, { key, value }, field),
    ),
  );
  if (selectorOf(spec.selector)?.matches(expected) !== false) return errors;
  return [...errors, invalid(path("spec", "selector"), spec.selector, "`selector` not auto-generated")];
}

function labelErrors(
  labels: Labels,
  expected: { readonly key: string; readonly value: string },
  field: FieldPath,
): FieldError[] {
  const at = field.key(expected.key);
  const text = `must be '${expected.value}'`;
  if (!Object.hasOwn(labels, expected.key)) return [required(at, text)];
  return labels[expected.key] === expected.value ? [] : [invalid(at, labels, text)];
}
