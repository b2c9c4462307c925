import type { JwtExpression } from "./jwt-expression.ts";

/** A condition, and what is said where it does not hold. */
export interface Rule {
  readonly condition: JwtExpression;
  readonly message: string;
}

/** The expressions of one issuer, ready to run. */
export interface ClaimExpressions {
  readonly username?: JwtExpression;
  readonly groups?: JwtExpression;
  readonly uid?: JwtExpression;
  readonly extra: readonly { readonly key: string; readonly value: JwtExpression }[];
  readonly claimRules: readonly Rule[];
  readonly userRules: readonly Rule[];
}
