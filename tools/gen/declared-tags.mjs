// Reads the rules that upstream's types declare in tags: "+k8s:beta(since: "1.37")=+k8s:maxItems=32".

/** Tags that say nothing about which values are right. */
const OTHER =
  /^(supportsSubresource|isSubresource|deprecated|deepcopy-gen|prerelease-lifecycle-gen|openapi-gen|customUnique|customValidation|validation|conversion-gen|defaulter-gen|protobuf-gen)/;
const LEVELS = ["alpha", "beta"];

/** One tag's text behind "+k8s:" → { name, args, value, of }. */
function parseTag(text) {
  const [, name, args = "", rest = ""] = /^([\w-]+)(?:\(([^)]*)\))?(?:=(.*))?$/.exec(text.trim()) ?? [];
  if (name === undefined) throw new Error(`The tag "${text}" cannot be read`);
  const tag = { name, args: parseArguments(args) };
  if (rest.startsWith("+k8s:")) return { ...tag, of: parseTag(rest.slice("+k8s:".length)) };
  return rest === "" ? tag : { ...tag, value: rest.replace(/^"(.*)"$/, "$1") };
}

const parseArguments = (text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => part.replace(/^(?:(\w+): *)?"?(.*?)"?$/, (_, key, value) => (key ? `${key}=${value}` : value)));

/** The rules of one place's tags, in the order in which upstream's generated code follows them. */
export function rulesOf(lines) {
  const tags = lines.filter((text) => !OTHER.test(text)).map(parseTag);
  const rules = tags.map((tag) => ({ by: tag.name, ...leveled(tag) }));
  return merged(rules)
    .sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0))
    .map(({ by: _, ...rule }) => rule);
}

function leveled(tag) {
  if (!LEVELS.includes(tag.name)) return ruleOf(tag);
  return { ...ruleOf(tag.of), level: tag.name };
}

const NUMBERS = /^(max|min)/;

function ruleOf({ name, args, value, of }) {
  return {
    rule: name,
    ...(args.length > 0 ? { args } : {}),
    ...(value === undefined ? {} : { value: NUMBERS.test(name) ? Number(value) : value }),
    ...(of === undefined ? {} : { of: ruleOf(of) }),
  };
}

/** What says together how the items of a list are told apart becomes one rule. */
function merged(rules) {
  const keys = rules.filter(({ rule }) => rule === "listMapKey").map(({ value }) => value);
  return rules.flatMap((rule) => {
    if (rule.rule === "listMapKey") return [];
    if (rule.rule !== "listType" && rule.rule !== "unique") return [rule];
    if (rule.value === "atomic") return [];
    const { value, ...rest } = rule;
    return [{ ...rest, rule: "unique", keys: value === "map" ? keys : [] }];
  });
}
