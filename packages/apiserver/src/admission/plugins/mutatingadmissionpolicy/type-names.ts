import { ObjectValue } from "@dingi/api";
import { CelList, CelMap, type Value } from "@dingi/cel";

/**
 * `Object.spec{…}` stands at "spec" of an `Object{…}`, and nowhere else. What is wrong, each on a line; empty when nothing is.
 * Upstream: apiserver/pkg/cel/mutation/dynamic/objects.go#CheckTypeNamesMatchFieldPathNames
 */
export function typeNameProblems(value: Value, path = value instanceof ObjectValue ? value.type.name : ""): string {
  return [...problemsIn(value, path)].join("\n");
}

function* problemsIn(value: Value, path: string): Generator<string> {
  if (value instanceof ObjectValue) {
    const { name } = value.type;
    if (name !== path)
      yield `unexpected type name ${JSON.stringify(name)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`;
    for (const [field, inner] of value.fields) yield* problemsIn(inner, `${path}.${field}`);
  } else if (value instanceof CelList) for (const item of value) yield* problemsIn(item, path);
  else if (value instanceof CelMap) for (const key of value.keys()) yield* problemsIn(value.find(key)!, path);
}
