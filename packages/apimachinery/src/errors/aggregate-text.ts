/** Of several errors as one: each once, in brackets where there are several. Upstream: apimachinery/pkg/util/errors/errors.go#Error */
export function aggregateText(messages: readonly string[]): string {
  const different = [...new Set(messages)];
  return different.length === 1 ? different[0]! : `[${different.join(", ")}]`;
}
