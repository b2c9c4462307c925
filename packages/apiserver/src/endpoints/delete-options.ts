import { invalid, newInvalid, notSupported, type FieldError, type V1DeleteOptions } from "@dingi/apimachinery";

const POLICIES = ["Foreground", "Background", "Orphan"];

/** Throws StatusError 422. Upstream: apimachinery/pkg/apis/meta/v1/validation/validation.go#ValidateDeleteOptions */
export function checkDeleteOptions(options: V1DeleteOptions): void {
  const { orphanDependents, propagationPolicy, dryRun = [] } = options;
  const errors: FieldError[] = [];
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const text = "orphanDependents and deletionPropagation cannot be both set";
    errors.push(invalid("propagationPolicy", propagationPolicy, text));
  }
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy))
    errors.push(notSupported("propagationPolicy", propagationPolicy, [...POLICIES, "nil"]));
  if (dryRun.some((value) => value !== "All")) errors.push(notSupported("dryRun", dryRun as never, ["All"]));
  if (errors.length > 0) throw newInvalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
}
