import { AUTHORIZER, AUTHORIZER_SELECTORS } from "../library/authorizer/authorizer.ts";
import { TWO_VAR_COMPREHENSIONS } from "../library/comprehensions/comprehensions.ts";
import { FORMAT } from "../library/format/format.ts";
import type { Library } from "../library/library.ts";
import { EXT_LISTS } from "../library/lists/ext-lists.ts";
import { LISTS, LISTS_INCLUDES } from "../library/lists/lists.ts";
import { CIDR } from "../library/net/cidr.ts";
import { IP } from "../library/net/ip.ts";
import { OPTIONAL } from "../library/optional/optional.ts";
import { QUANTITY } from "../library/quantity/quantity.ts";
import { REGEX } from "../library/regex/regex.ts";
import { SEMVER } from "../library/semver/semver.ts";
import { SETS } from "../library/sets/sets.ts";
import { STANDARD } from "../library/standard/standard.ts";
import { STRINGS } from "../library/strings/strings.ts";
import { URLS } from "../library/urls/urls.ts";
import { Environment } from "./environment.ts";

/** What one evaluation of an expression may cost. */
export const PER_CALL_LIMIT = 1_000_000;

/** The minor version up to which a new expression may use what came with it: one before our own. */
const COMPATIBLE_MINOR = 36;

/** With the minor version that each came with. Upstream: k8s.io/apiserver/pkg/cel/environment/base.go */
const LIBRARIES: readonly { readonly since: number; readonly library: Library }[] = [
  { since: 0, library: STANDARD },
  { since: 0, library: URLS },
  { since: 0, library: REGEX },
  { since: 0, library: LISTS },
  { since: 27, library: AUTHORIZER },
  { since: 28, library: OPTIONAL },
  { since: 28, library: QUANTITY },
  { since: 29, library: STRINGS },
  { since: 29, library: SETS },
  { since: 30, library: IP },
  { since: 30, library: CIDR },
  { since: 31, library: FORMAT },
  { since: 31, library: AUTHORIZER_SELECTORS },
  { since: 32, library: TWO_VAR_COMPREHENSIONS },
  { since: 33, library: SEMVER },
  { since: 34, library: EXT_LISTS },
  { since: 37, library: LISTS_INCLUDES },
];

/** What a write may use. */
export const newExpressions: Environment = upTo(COMPATIBLE_MINOR);

/** What runs, and what was stored already: everything. */
export const storedExpressions: Environment = upTo(Infinity);

function upTo(minor: number): Environment {
  const libraries = LIBRARIES.filter(({ since }) => since <= minor).map(({ library }) => library);
  return new Environment({ libraries, costLimit: PER_CALL_LIMIT });
}
