import {
  defineReview,
  invalid,
  isDns1123Subdomain,
  notSupported,
  path,
  required,
  type FieldError,
} from "@dingi/apimachinery";
import { V1Binding } from "./binding.gen.ts";

export * from "./binding.gen.ts";

export const Binding = defineReview<V1Binding>({
  group: "",
  kind: "Binding",
  plural: "bindings",
  scope: "Namespaced",
  apiVersion: "v1",
  schema: V1Binding,
  validate: validateBinding,
});

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePodBinding */
function validateBinding({ target }: V1Binding): FieldError[] {
  const { kind = "", name = "" } = target;
  const field = path("target", "name");
  const isNode = kind === "" || kind === "Node";
  return [
    ...(isNode ? [] : [notSupported(path("target", "kind"), kind, ["Node", "<empty>"])]),
    ...(name === "" ? [required(field)] : []),
    ...(name !== "" && isNode ? isDns1123Subdomain(name).map((text) => invalid(field, name, text)) : []),
  ];
}
