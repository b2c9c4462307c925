/** A kind's smallest object and a fuller one, and a change that is allowed. */
export interface KindExample {
  readonly kind: string;
  readonly resource: string;
  /** With the group: "/apis/apps/v1". */
  readonly root: string;
  readonly namespaced: boolean;
  readonly minimal: object;
  readonly full: object;
  /** A merge patch of something other than metadata; absent where all else is fixed. */
  readonly change?: object;
  /** A merge patch of the status, where there is such a door. */
  readonly status?: object;
  /** A merge patch that is not valid. */
  readonly wrong: object;
  /** Fields whose absence upstream's server does not survive: it closes the connection. */
  readonly unanswered?: readonly string[];
}
