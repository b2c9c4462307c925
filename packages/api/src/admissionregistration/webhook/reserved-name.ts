import { invalid, path, type FieldError, type KubeObject } from "@dingi/apimachinery";

const SUFFIX = ".static.k8s.io";

/** Upstream: pkg/apis/admissionregistration/validation/static_suffix.go#ValidateStaticSuffix */
export function reservedNameErrors({ metadata: { name = "" } }: KubeObject): FieldError[] {
  if (!name.endsWith(SUFFIX)) return [];
  const text = `names ending with "${SUFFIX}" are reserved for static manifest-based configurations and cannot be managed via the API`;
  return [invalid(path("metadata", "name"), name, text)];
}
