import { fn, overload } from "../../check/declaration.ts";
import { STRING } from "../../check/type.ts";
import type { Library } from "../library.ts";

/** Upstream: k8s.io/apiserver/pkg/cel/library/jsonpatch.go */
export const JSON_PATCH: Library = {
  name: "kubernetes.jsonpatch",
  functions: [
    fn(
      "jsonpatch.escapeKey",
      overload("string_jsonpatch_escapeKey_string", [STRING], STRING, (key: string) =>
        key.replaceAll(/[~/]/g, (character) => (character === "~" ? "~0" : "~1")),
      ),
    ),
  ],
};
