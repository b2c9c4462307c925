import { fn, member, overload } from "../../check/declaration.ts";
import { BOOL, INT, STRING } from "../../check/type.ts";
import { intOf } from "../../value/numbers.ts";
import type { Library } from "../library.ts";
import { parseLoosely, parseVersion, SEMVER_TYPE, Version } from "./version.ts";

const PAIR = [SEMVER_TYPE, SEMVER_TYPE];

function read(text: string, normalize = false): ReturnType<typeof parseVersion> {
  return normalize ? parseLoosely(text) : parseVersion(text);
}

function part(index: 0 | 1 | 2): (version: Version) => number | bigint {
  // As upstream's conversion to 64 bits with a sign does.
  return ({ core }) => intOf(BigInt.asIntN(64, core[index]));
}

/** Upstream: k8s.io/apiserver/pkg/cel/library/semverlib.go */
export const SEMVER: Library = {
  name: "kubernetes.Semver",
  functions: [
    fn(
      "semver",
      overload("string_to_semver", [STRING], SEMVER_TYPE, read),
      overload("string_bool_to_semver", [STRING, BOOL], SEMVER_TYPE, read),
    ),
    fn(
      "isSemver",
      overload("is_semver_string", [STRING], BOOL, (text: string) => read(text) instanceof Version),
      overload(
        "is_semver_string_bool",
        [STRING, BOOL],
        BOOL,
        (text: string, loose: boolean) => read(text, loose) instanceof Version,
      ),
    ),
    fn(
      "isGreaterThan",
      member("semver_is_greater_than", PAIR, BOOL, (a: Version, b: Version) => a.compare(b) > 0),
    ),
    fn(
      "isLessThan",
      member("semver_is_less_than", PAIR, BOOL, (a: Version, b: Version) => a.compare(b) < 0),
    ),
    fn(
      "compareTo",
      member("semver_compare_to", PAIR, INT, (a: Version, b: Version) => a.compare(b)),
    ),
    fn("major", member("semver_major", [SEMVER_TYPE], INT, part(0))),
    fn("minor", member("semver_minor", [SEMVER_TYPE], INT, part(1))),
    fn("patch", member("semver_patch", [SEMVER_TYPE], INT, part(2))),
  ],
};
