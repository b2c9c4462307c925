import type {
  NewCondition,
  V1CustomResourceDefinition as Definition,
  V1CustomResourceDefinitionNames as Names,
} from "@dingi/api";
import { aggregateText } from "@dingi/apimachinery";

interface AcceptedNames {
  readonly names: Names;
  readonly condition: NewCondition;
}

interface Used {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/**
 * Which of the names that a definition wants it has: those that no other of its group has. What it had it keeps until it has
 * another. Upstream: apiextensions-apiserver/pkg/controller/status/naming_controller.go#calculateNamesAndConditions
 */
export function acceptNames({ spec, status }: Definition, others: Iterable<Definition>): AcceptedNames {
  const used = usedNames(spec.group, others);
  const [wanted, accepted] = [spec.names, status?.acceptedNames ?? { plural: "", kind: "" }];
  const conflicts: (readonly [reason: string, message: string])[] = [];
  const take = (name: "plural" | "singular" | "kind" | "listKind"): string | undefined => {
    const isKind = name === "kind" || name === "listKind";
    const [want, have] = [wanted[name] ?? "", accepted[name] ?? ""];
    if (want === have || !(isKind ? used.kinds : used.resources).has(want)) return wanted[name];
    conflicts.push([REASONS[name], inUse(want)]);
    return accepted[name];
  };
  const [plural, singular] = [take("plural"), take("singular")];
  const shortNames = takeShortNames(wanted, accepted, { used, conflicts });
  const [kind, listKind] = [take("kind"), take("listKind")];
  const names = {
    plural: plural ?? "",
    singular,
    shortNames,
    kind: kind ?? "",
    listKind,
    categories: wanted.categories,
  };
  const last = conflicts.at(-1);
  return {
    names: Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined)) as unknown as Names,
    condition: last
      ? { type: "NamesAccepted", status: "False", reason: last[0], message: last[1] }
      : { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
  };
}

const REASONS = {
  plural: "PluralConflict",
  singular: "SingularConflict",
  kind: "KindConflict",
  listKind: "ListKindConflict",
} as const;

const inUse = (name: string): string => `${JSON.stringify(name)} is already in use`;

function takeShortNames(
  wanted: Names,
  accepted: Names,
  { used, conflicts }: { readonly used: Used; readonly conflicts: (readonly [string, string])[] },
): readonly string[] | undefined {
  const [want, have] = [wanted.shortNames ?? [], accepted.shortNames ?? []];
  const taken = want.filter((name) => !have.includes(name) && used.resources.has(name));
  if (taken.length === 0) return wanted.shortNames;
  conflicts.push(["ShortNamesConflict", aggregateText(taken.map(inUse))]);
  return accepted.shortNames;
}

/** Resources have their names in common, and kinds theirs. Only what was accepted counts. */
function usedNames(group: string, others: Iterable<Definition>): Used {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { spec, status } of others) {
    if (spec.group !== group) continue;
    const { plural, singular, shortNames = [], kind, listKind } = status?.acceptedNames ?? {};
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}
