/** Whether `If-None-Match` has the tag. Upstream: net/http/fs.go#checkIfNoneMatch */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((text) => {
    const one = text.trim();
    return one === "*" || one === etag || one === `W/${etag}`;
  });
}
