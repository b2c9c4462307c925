/** Replaces `$(NAME)`; `$$` is a literal dollar, unknown names stay as they are. Upstream: third_party/forked/golang/expansion/expand.go */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return lookup(name) ?? whole;
  });
}
