import type { Authorizer, Decision, ListedRules } from "./authorizer.ts";

const ANYTHING = {
  verbs: ["*"],
  apiGroups: ["*"],
  resources: ["*"],
  nonResourceURLs: ["*"],
};

/** Upstream: apiserver/pkg/authorization/authorizerfactory/builtin.go */
export const alwaysAllow: Authorizer = {
  authorize: (): Decision => ({ decision: "allow", reason: "" }),
  listRules: (): ListedRules => ({ rules: [ANYTHING], incomplete: false }),
};

export const alwaysDeny: Authorizer = {
  authorize: (): Decision => ({ decision: "no opinion", reason: "Everything is forbidden." }),
  listRules: (): ListedRules => ({ rules: [], incomplete: false }),
};
