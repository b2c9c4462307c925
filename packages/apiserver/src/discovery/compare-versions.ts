/** v2 > v1 > v1beta1 > any other, of which the first by name is the greatest. Upstream: apimachinery/pkg/version/helpers.go */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  const order = x.stability - y.stability || x.major - y.major || x.minor - y.minor;
  return order !== 0 || x.stability > 0 || a === b ? order : a < b ? 1 : -1;
}

function parseVersion(text: string): { major: number; stability: number; minor: number } {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
  const stability = match?.[2] === "alpha" ? 1 : match?.[2] === "beta" ? 2 : match ? 3 : 0;
  return { major: Number(match?.[1] ?? 0), stability, minor: Number(match?.[3] ?? 0) };
}
