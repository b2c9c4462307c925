/** Whom a request was authenticated as. Upstream: apiserver/pkg/authentication/user/user.go */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}
