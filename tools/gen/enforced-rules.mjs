/** What validateDeclared can follow; the type DeclaredRule of packages/apimachinery names the same. */
const FOLLOWED = new Set([
  "required",
  "optional",
  "forbidden",
  "immutable",
  "update",
  "maxItems",
  "maxLength",
  "maxBytes",
  "minimum",
  "maximum",
  "format",
  "enum",
  "unique",
  "eachKey",
  "eachVal",
  "subfield",
  "unionMember",
  "ifEnabled",
  "ifDisabled",
  "opaqueType",
]);

/**
 * The rules whose errors upstream answers: those of level alpha are only tried. One that nobody could follow must not be
 * dropped in silence.
 * Upstream: apiserver/pkg/registry/rest/validate.go#ValidateDeclarativelyWithMigrationChecks
 */
export function enforcedRules(rules, where) {
  const enforced = rules.filter(({ level }) => level !== "alpha").map(({ level: _, ...rule }) => rule);
  for (const rule of enforced) refuseUnknown(rule, where);
  return enforced;
}

function refuseUnknown({ rule, of }, where) {
  if (!FOLLOWED.has(rule))
    throw new Error(`${where} declares "${rule}", which validateDeclared does not follow: teach it, then FOLLOWED`);
  if (of) refuseUnknown(of, where);
}
