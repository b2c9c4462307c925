/** The items, unless there are too many: that is declared, and then nothing else is said of them. */
export function withinLimit<T>(items: readonly T[] | null | undefined, max: number): readonly T[] {
  return !items || items.length > max ? [] : items;
}
