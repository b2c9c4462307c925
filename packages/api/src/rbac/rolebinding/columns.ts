import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { RbacV1Subject, V1RoleBinding } from "./rolebinding.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printRoleBinding */
export const bindingColumns: readonly Column<V1RoleBinding>[] = [
  nameColumn,
  { name: "Role", type: "string", value: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  ageColumn,
  { name: "Users", type: "string", priority: 1, value: ({ subjects }) => namesOf(subjects, "User") },
  { name: "Groups", type: "string", priority: 1, value: ({ subjects }) => namesOf(subjects, "Group") },
  {
    name: "ServiceAccounts",
    type: "string",
    priority: 1,
    value: ({ subjects }) => namesOf(subjects, "ServiceAccount"),
  },
];

function namesOf(subjects: readonly RbacV1Subject[] | undefined, kind: string): string {
  return (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ namespace, name }) => (kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : name))
    .join(", ");
}
